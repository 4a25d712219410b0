"""Chinese cut into words by a dictionary instead of into characters: rjieba, jieba's in Rust.

Only runs of Chinese characters are handed over, so that everything else is cut as ever. A text of
one batch or another is cut in the same way.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from training.corpus.signals.characters import (
    HAN_RANGES,
    TABLE_SIZE,
    WHOLE_WORD,
    class_table,
    ranges_of,
)

if TYPE_CHECKING:
    from training.corpus.signals.batch import TextBatch


@functools.cache
def han_table() -> npt.NDArray[np.bool_]:
    """Which code points below ``TABLE_SIZE`` are Chinese characters, and words of their own."""
    table = np.zeros(TABLE_SIZE, dtype=bool)
    for first, last in HAN_RANGES:
        table[first : last + 1] = True
    # Not all places of the ranges have been given to a character.
    table &= class_table() == WHOLE_WORD
    table.setflags(write=False)
    return table


@functools.cache
def _run() -> re.Pattern[str]:
    return re.compile(f"[{ranges_of(han_table())}]+")


def cuts(batch: TextBatch) -> npt.NDArray[np.int32]:
    """Characters of every word of Chinese in the batch, in order."""
    lengths: list[int] = []
    for place in np.flatnonzero(batch.characters("han")).tolist():
        lengths.extend(_lengths(batch.texts[place].as_py()))
    return np.array(lengths, dtype=np.int32)


def _lengths(text: str) -> Iterator[int]:
    import rjieba

    runs = _run().findall(text)
    words = rjieba.cut("\n".join(runs))
    if any("\n" in word and word != "\n" for word in words):
        words = [word for run in runs for word in rjieba.cut(run)]
    return (len(word) for word in words if word != "\n")
