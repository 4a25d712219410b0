"""Counts the n-grams of texts on the disk: sorted runs, merged range by range.

1. Windows (a word with up to four before it) are gathered until there are `WINDOWS_AT_ONCE`,
   sorted, summed and written as a run.
2. The key space is cut into ranges that hold about as many rows of all runs together; each range is
   read, sorted and summed again, and gives the n-grams of every order with adjusted counts.

Memory: 60 bytes per window at once, so 250 MB, whatever the size of the text. Disk: 20 bytes per
distinct window of a run, and 20 per n-gram of each order.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from training.corpus.ngram_lm.vocabulary import Int32, Int64, UInt64

WINDOWS_AT_ONCE = 1 << 22
#: Rows whose n-grams are split off at once: that takes 100 bytes for each.
_SPLIT_AT_ONCE = 1 << 17
#: Every so many rows of a run, one is looked at to find the bounds of ranges.
_SAMPLE_ONE_IN = 256

Counts = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Ngrams:
    """The n-grams of one order, sorted from their last word: keys [n, 2], adjusted counts [n]."""

    keys: UInt64
    counts: Counts

    def __len__(self) -> int:
        return len(self.counts)


class NgramCounter:
    """Takes ids batch by batch; `orders` gives what was counted. Files lie below ``folder``."""

    def __init__(
        self, order: int, folder: Path, at_once: int = WINDOWS_AT_ONCE,
        check: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._check = check
        self.order, self.folder, self.at_once = order, folder, at_once
        self.num_windows = 0
        self._runs: list[tuple[UInt64, UInt64, Counts]] = []
        self._highs: UInt64 = np.empty(at_once, dtype=np.uint64)
        self._lows: UInt64 = np.empty(at_once, dtype=np.uint64)
        self._num_waiting = 0

    def add(self, ids: Int32, offsets: Int64) -> None:
        """Count the windows of these texts."""
        from training.corpus.ngram_lm import count_kernels

        highs, lows = np.empty(len(ids), dtype=np.uint64), np.empty(len(ids), dtype=np.uint64)
        size = count_kernels.windows(ids, offsets, self.order, highs, lows)
        self.num_windows += size
        start = 0
        while start < size:
            stop = min(size, start + self.at_once - self._num_waiting)
            waiting = slice(self._num_waiting, self._num_waiting + stop - start)
            self._highs[waiting], self._lows[waiting] = highs[start:stop], lows[start:stop]
            self._num_waiting, start = waiting.stop, stop
            if self._num_waiting == self.at_once:
                self._write_run()

    def orders(self) -> list[Ngrams]:
        """The n-grams of order 1, 2 ... up to the highest; mapped files, empty ones included."""
        if self._num_waiting:
            self._write_run()
        with contextlib.ExitStack() as stack:
            writers = [
                stack.enter_context(contextlib.closing(_OrderWriter(self.folder, order)))
                for order in range(1, self.order + 1)
            ]
            last = np.zeros(2, dtype=np.uint64)
            for highs, lows, counts in self._merged():
                for start in range(0, len(highs), _SPLIT_AT_ONCE):
                    self._check()
                    part = slice(start, start + _SPLIT_AT_ONCE)
                    self._split(highs[part], lows[part], counts[part], last, writers)
        return [writer.ngrams() for writer in writers]

    def _split(
        self, highs: UInt64, lows: UInt64, counts: Counts, last: UInt64, writers: list[_OrderWriter]
    ) -> None:
        from training.corpus.ngram_lm import count_kernels

        rows = len(highs)
        keys = np.empty((self.order, rows, 2), dtype=np.uint64)
        adjusted = np.empty((self.order, rows), dtype=np.uint32)
        more = np.zeros(self.order, dtype=np.uint32)
        sizes = count_kernels.split_orders(
            highs, lows, counts, self.order, last, keys, adjusted, more
        )
        for level, writer in enumerate(writers):
            size = int(sizes[level])
            writer.write(keys[level, :size], adjusted[level, :size], int(more[level]))

    def _write_run(self) -> None:
        size, self._num_waiting = self._num_waiting, 0
        ones = np.ones(size, dtype=np.uint32)
        highs, lows, counts = _sorted_sums(self._highs[:size], self._lows[:size], ones)
        name = f"run-{len(self._runs):05d}"
        self._runs.append(
            (
                _stored(self.folder / f"{name}.high", highs),
                _stored(self.folder / f"{name}.low", lows),
                _stored(self.folder / f"{name}.counts", counts),
            )
        )

    def _merged(self) -> Iterator[tuple[UInt64, UInt64, Counts]]:
        """All runs as one, sorted and without repetition, a range of keys at a time."""
        if len(self._runs) == 1:
            (highs, lows, counts), size = self._runs[0], self.at_once
            for start in range(0, len(highs), size):
                stop = start + size
                yield highs[start:stop], lows[start:stop], counts[start:stop]
            return
        bounds = self._bounds()
        places = [
            np.concatenate([[0], np.searchsorted(highs, bounds), [len(highs)]])
            for highs, _, _ in self._runs
        ]
        for part in range(len(bounds) + 1):
            pieces = [
                [column[place[part] : place[part + 1]] for column in run]
                for run, place in zip(self._runs, places, strict=True)
            ]
            columns: list[Any] = [np.concatenate(column) for column in zip(*pieces, strict=True)]
            if len(columns[0]):
                yield _sorted_sums(columns[0], columns[1], columns[2])

    def _bounds(self) -> UInt64:
        """Keys (their upper halves) at which a range ends and the next begins."""
        if not self._runs:
            return np.zeros(0, dtype=np.uint64)
        samples = np.sort(np.concatenate([highs[::_SAMPLE_ONE_IN] for highs, _, _ in self._runs]))
        step = max(1, self.at_once // _SAMPLE_ONE_IN)
        return np.unique(samples[step::step])


class _OrderWriter:
    """Appends the n-grams of one order; the last one waits, for it may still be seen."""

    def __init__(self, folder: Path, order: int) -> None:
        self._keys, self._counts = (folder / f"order-{order}.{part}" for part in ("keys", "counts"))
        self._key_file: BinaryIO = self._keys.open("wb")
        self._count_file: BinaryIO = self._counts.open("wb")
        self._pending: int | None = None

    def write(self, keys: UInt64, counts: Counts, more: int) -> None:
        if self._pending is not None:
            self._pending += more
        if not len(counts):
            return
        self._flush()
        self._key_file.write(np.ascontiguousarray(keys).tobytes())
        self._count_file.write(counts[:-1].tobytes())
        self._pending = int(counts[-1])

    def close(self) -> None:
        self._flush()
        self._key_file.close()
        self._count_file.close()

    def ngrams(self) -> Ngrams:
        return Ngrams(
            mapped(self._keys, np.dtype(np.uint64)).reshape(-1, 2),
            mapped(self._counts, np.dtype(np.uint32)),
        )

    def _flush(self) -> None:
        if self._pending is not None:
            self._count_file.write(np.uint32(self._pending).tobytes())
            self._pending = None


def mapped(path: Path, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """A file of numbers, mapped; an empty file cannot be."""
    if path.stat().st_size == 0:
        return np.zeros(0, dtype=dtype)
    return np.memmap(path, dtype=dtype, mode="r")


def _stored(path: Path, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    column.tofile(path)
    return mapped(path, column.dtype)


def _sorted_sums(highs: UInt64, lows: UInt64, counts: Counts) -> tuple[UInt64, UInt64, Counts]:
    from training.corpus.ngram_lm import count_kernels

    spare = (np.empty_like(highs), np.empty_like(lows), np.empty_like(counts))
    highs, lows, counts = count_kernels.sort(highs, lows, counts, spare)
    size = count_kernels.sum_equal(highs, lows, counts)
    return highs[:size], lows[:size], counts[:size]
