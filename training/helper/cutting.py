"""One text as several tokenizers cut it: pieces with their ids, for pages that show them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.signals.batch import TextBatch
from training.folder.artifact import load_manifest, require_kind
from training.vocabulary.amounts import TextAmounts, TokenCounter
from training.vocabulary.spelling import SPACE_MARK, Speller

MAX_CHARS = 2_000
_NUM_CACHED = 8


def cut_text(folders: list[str], text: str) -> dict[str, Any]:
    """{"characters", "words", "is_cut", "cuts": one per folder}.

    A cut has ``tokens``, ``unknown`` and ``partial`` (counts) and ``pieces``: [text, ids]; tokens
    that share a character stand together, and text that no token covers has no ids. ``folders``
    are tokenizer or model artifacts; longer texts are cut off, and the answer says so.
    """
    shown = text[:MAX_CHARS]
    words = TextAmounts.from_row(TextAmounts.of([shown], TextBatch.of([shown]))[0]).words
    return {
        "characters": len(shown),
        "words": words,
        "is_cut": len(text) > MAX_CHARS,
        "cuts": [_cut(folder, shown) for folder in folders],
    }


def _cut(folder: str, text: str) -> dict[str, Any]:
    speller, counter = _opened(folder)
    encoding = speller.tokenizer.encode(text, add_special_tokens=False)
    pieces: list[list[Any]] = []
    end = 0
    for token, index, (start, stop) in zip(
        encoding.tokens, encoding.ids, encoding.offsets, strict=True
    ):
        if start > end:
            pieces.append([text[end:start], []])
        if not token.strip(SPACE_MARK) and text[start:stop].strip():
            # A space put before every text has the place of the first character.
            pieces.append([token, [index]])
            continue
        covered = text[max(start, end) : stop]
        if covered:
            pieces.append([covered, [index]])
        elif pieces:
            pieces[-1][1].append(index)
        else:
            pieces.append([token, [index]])
        end = max(end, stop)
    if end < len(text):
        pieces.append([text[end:], []])
    tokens, unknown, partial = counter.row(np.array(encoding.ids, dtype=np.int64))
    return {"tokens": tokens, "unknown": unknown, "partial": partial, "pieces": pieces}


@functools.lru_cache(maxsize=_NUM_CACHED)
def _opened(folder: str) -> tuple[Speller, TokenCounter]:
    """Artifacts never change, so what was opened is good for as long as the process lives."""
    path = Path(folder)
    kind = load_manifest(path).kind
    require_kind(path, kind if kind in {"tokenizer", "model"} else "tokenizer")
    speller = Speller(path)
    return speller, TokenCounter(speller)
