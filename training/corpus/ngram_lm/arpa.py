"""Writes an ARPA file: the text form of an n-gram model that KenLM, SRILM and others read.

Log10 probabilities and back-offs have seven decimals, those that our tables hold as float32. The
n-grams of an order stand in the order of their last words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from training.corpus.ngram_lm.counting import Ngrams
from training.corpus.ngram_lm.estimate import UNIGRAMS_FILE, table_file
from training.corpus.ngram_lm.tables import Table
from training.corpus.ngram_lm.vocabulary import UInt64

ARPA_FILE = "model.arpa"
_ROWS_AT_ONCE = 1 << 16


def write_arpa(
    folder: Path, orders: list[Ngrams], words: Sequence[str],
    check: Callable[[], None] = lambda: None,
) -> None:  # fmt: skip
    """Write ``model.arpa`` from the tables in ``folder``; ``words`` are all spellings by id.

    ``check`` is called now and then, and may raise.
    """
    spelled = [word.encode() for word in words]
    lengths = np.array([len(word) for word in spelled], dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    pool = np.frombuffer(b"".join(spelled), dtype=np.uint8)
    unigrams = np.load(folder / UNIGRAMS_FILE, mmap_mode="r")
    numbers = [len(words), *(len(ngrams) for ngrams in orders[1:])]
    with (folder / ARPA_FILE).open("wb") as file:
        file.write(b"\\data\\\n")
        for order, number in enumerate(numbers, start=1):
            file.write(f"ngram {order}={number}\n".encode())
        every = np.arange(len(words), dtype=np.uint64) << np.uint64(42)
        keys = np.stack([every, np.zeros_like(every)], axis=1)
        writer = _LineWriter(file, pool, offsets, lengths, len(orders), check)
        writer.write(1, keys, lambda start, stop: unigrams[start:stop])
        for order, ngrams in enumerate(orders[1:], start=2):
            writer.write(order, ngrams.keys, _Looked(ngrams.keys, order, folder))
        file.write(b"\n\\end\\\n")


class _Looked:
    """(probability, back-off) of rows, looked up in the table of their order."""

    def __init__(self, keys: UInt64, order: int, folder: Path) -> None:
        self._keys, self._order = keys, order
        self._table = Table.open(folder / table_file(order))

    def __call__(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        from training.corpus.ngram_lm import estimate_kernels

        rows = self._keys[start:stop]
        found = np.empty((len(rows), 2), dtype=np.float32)
        estimate_kernels.values_of(rows, self._order, self._table.keys, self._table.numbers, found)
        return found


class _LineWriter:
    def __init__(
        self, file: BinaryIO, pool: npt.NDArray[np.uint8], offsets: Any, lengths: Any, highest: int,
        check: Callable[[], None],
    ) -> None:  # fmt: skip
        self._check = check
        self._file, self._pool, self._offsets = file, pool, offsets
        self._longest, self._highest = int(lengths.max()), highest

    def write(self, order: int, keys: UInt64, values: Any) -> None:
        """One section; ``values(start, stop)`` gives the numbers of these rows."""
        from training.corpus.ngram_lm import arpa_kernels

        self._file.write(f"\n\\{order}-grams:\n".encode())
        line = 2 * arpa_kernels.NUMBER_BYTES + order * (self._longest + 1) + 2
        rows = max(1, min(_ROWS_AT_ONCE, (64 << 20) // line))
        result = np.empty(rows * line, dtype=np.uint8)
        for start in range(0, len(keys), rows):
            self._check()
            stop = min(len(keys), start + rows)
            size = arpa_kernels.write_lines(
                keys[start:stop], order, values(start, stop), order < self._highest,
                self._pool, self._offsets, result,
            )  # fmt: skip
            self._file.write(result[:size].tobytes())
