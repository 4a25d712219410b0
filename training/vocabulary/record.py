"""How a token store's text was cut, by language, counted while it is written: ``fit.json``.

Pages and runs judge by it (``training.vocabulary.health``) without opening a text again. Long
corpora are sampled by the documents' ids, so the sample is spread over all of them.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.signals.batch import TextBatch
from training.folder.atomic import write_json
from training.vocabulary.amounts import (
    Groups,
    Int64,
    TextAmounts,
    TokenAmounts,
    TokenCounter,
    languages_in,
    num_fields,
)
from training.vocabulary.health import FIT_FILE
from training.vocabulary.spelling import Speller

#: Of a store, in whichever width it has.
Ids = npt.NDArray[np.integer[Any]]
SAMPLE_BYTES = 20_000_000
_BATCH_TEXTS = 256
_IDS = 2.0**64
_CHUNK_TOKENS = 1 << 24


class FitRecord:
    """Takes the texts that are written with their ids; ``write`` leaves the file."""

    def __init__(self, tokenizer: Path, num_bytes: int) -> None:
        """``num_bytes`` of text are expected; beyond the sample's size not all are counted."""
        speller = Speller(tokenizer)
        self._counter = TokenCounter(speller)
        self._vocab_size = 1 + max(speller.vocabulary.values())
        self.fraction = min(1.0, SAMPLE_BYTES / max(1, num_bytes))
        self._texts = Groups(num_fields(TextAmounts))
        self._tokens = Groups(num_fields(TokenAmounts))
        self._waiting: list[tuple[str, Int64]] = []

    def add(self, doc_id: bytes, text: str, ids: Int64) -> None:
        """One document, or example, and what it became."""
        if not is_sampled(doc_id, self.fraction):
            return
        self._waiting.append((text, ids))
        if len(self._waiting) == _BATCH_TEXTS:
            self._count()

    def figures(self) -> dict[str, Any]:
        """{"fraction" of the documents that was drawn, "by_language": {language: amounts}}."""
        self._count()
        rows = {
            language: {
                **asdict(TextAmounts.from_row(row)),
                **asdict(TokenAmounts.from_row(self._tokens.sums[language])),
            }
            for language, row in self._texts.sums.items()
        }
        largest = sorted(rows, key=lambda language: -rows[language]["num_bytes"])
        return {
            "format_version": 1,
            "fraction": self.fraction,
            "by_language": {language: rows[language] for language in largest},
        }

    def write(self, folder: Path, train_tokens: Ids) -> dict[str, Any]:
        """Leave ``fit.json`` in ``folder``; ``train_tokens`` are all that will be learnt from."""
        found = {
            **self.figures(),
            "vocab_size": self._vocab_size,
            "train_tokens": len(train_tokens),
            "pieces_used": pieces_used(train_tokens, self._vocab_size),
        }
        write_json(folder / FIT_FILE, found)
        return found

    def _count(self) -> None:
        if not self._waiting:
            return
        texts = [text for text, _ in self._waiting]
        batch = TextBatch.of(texts)
        languages = languages_in(batch, [""] * len(texts))
        self._texts.add(languages, TextAmounts.of(texts, batch))
        rows = [self._counter.row(ids) for _, ids in self._waiting]
        self._tokens.add(languages, np.array(rows, dtype=np.int64))
        self._waiting = []


def is_sampled(doc_id: bytes, fraction: float) -> bool:
    """Whether a document is among those by which a fraction of all is judged."""
    return int.from_bytes(doc_id[:8], "big") / _IDS < fraction


def pieces_used(tokens: Ids, vocab_size: int) -> int:
    """How many different pieces occur."""
    is_used = np.zeros(vocab_size, dtype=bool)
    for start in range(0, len(tokens), _CHUNK_TOKENS):
        is_used[tokens[start : start + _CHUNK_TOKENS]] = True
    return int(is_used.sum())
