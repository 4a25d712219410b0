"""How well a tokenizer fits: bytes per token and tokens per word, on text it did not learn from.

Fertility (tokens per word, Rust 2021) uses the words of ``training.corpus.signals``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import tokenizers

from training.corpus.signals.batch import TextBatch

_BATCH_TEXTS = 256


@dataclass(frozen=True)
class Fit:
    """Figures over a sample; ``is_held_out`` says whether the tokenizer had not seen it."""

    num_documents: int
    num_bytes: int
    num_words: int
    num_tokens: int
    bytes_per_token: float
    tokens_per_word: float
    is_held_out: bool


def measure(tokenizer: tokenizers.Tokenizer, texts: Iterable[str], *, is_held_out: bool) -> Fit:
    """Encode a sample and count."""
    num_documents = num_bytes = num_words = num_tokens = 0
    waiting: list[str] = []
    for text in [*texts, None]:
        if text is not None:
            waiting.append(text)
        if waiting and (text is None or len(waiting) == _BATCH_TEXTS):
            batch = TextBatch.of(waiting)
            encoded = tokenizer.encode_batch_fast(waiting, add_special_tokens=False)
            num_documents += len(waiting)
            num_bytes += len(batch.data)
            num_words += int(batch.words.counts.sum())
            num_tokens += sum(len(encoding) for encoding in encoded)
            waiting = []
    return Fit(
        num_documents,
        num_bytes,
        num_words,
        num_tokens,
        bytes_per_token=num_bytes / max(1, num_tokens),
        tokens_per_word=num_tokens / max(1, num_words),
        is_held_out=is_held_out,
    )
