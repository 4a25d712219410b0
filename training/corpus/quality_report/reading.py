"""Reads the sampled documents of each shard once: facts, word streams and spellings, as files.

For shard n the work folder then holds ``facts-n.npy`` [documents, facts]; ``words-n.npy`` and
``terms-n.npy`` (hashes) and ``texts-n.npy`` (bytes), document after document, with ``bounds-n.npy``
[3, documents + 1]; and ``spellings-n.npy``: the distinct words of six letters or more (hash, count,
the word in bytes). The streams of all shards are then joined in one file each, which is mapped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.documents import BATCH_ROWS, Documents
from training.corpus.executor import CheckStop, ShardRunner
from training.corpus.quality_report.facts import FACTS, facts_of
from training.corpus.quality_report.words import (
    MOST_SPELLED_LETTERS,
    WordPlaces,
    beginnings,
)
from training.corpus.signals.batch import Int64, TextBatch

STAGE = "facts"
#: Letters of up to four bytes.
_SPELLING = np.dtype(
    [("hash", np.uint64), ("count", np.int64), ("word", f"S{4 * MOST_SPELLED_LETTERS}")]
)


@dataclass(frozen=True)
class Sampled:
    """The sampled documents: ``places`` [n] in the corpus, ascending; ``facts`` [n, facts].

    ``words``, ``terms`` and ``texts`` give the hashes and the bytes of document i of the sample;
    ``spellings`` the hash and the number of every word whose spelling is looked at.
    """

    places: Int64
    facts: Int64
    words: Streams
    terms: Streams
    texts: Streams
    spellings: dict[str, tuple[int, int]]

    def fact(self, name: str) -> Int64:
        """One column of the facts."""
        column: Int64 = self.facts[:, FACTS.index(name)]
        return column

    def rows_of(self, places: Int64) -> Int64:
        """Where documents stand in the sample."""
        return np.searchsorted(self.places, places)


@dataclass(frozen=True)
class Streams:
    """One array over all sampled documents; document i has ``items[bounds[i]:bounds[i + 1]]``."""

    items: npt.NDArray[Any]
    bounds: Int64

    def of(self, row: int) -> npt.NDArray[Any]:
        """Those of one document."""
        return self.items[self.bounds[row] : self.bounds[row + 1]]


@dataclass(frozen=True)
class SampleReader:
    """Work on one shard: reads the documents at ``places`` [n], ascending, that are in it."""

    folder: Path
    shards: tuple[Path, ...]
    starts: tuple[int, ...]
    places: Int64
    most_bytes: int

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Write the files of a shard."""
        first, last = np.searchsorted(self.places, self.starts[shard : shard + 2])
        inside = self.places[first:last] - self.starts[shard]
        facts = [np.zeros((0, len(FACTS)), dtype=np.int64)]
        words, terms = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint64)]
        written = [np.zeros(0, np.uint8)]
        counts = [np.zeros((3, 0), dtype=np.int64)]
        spellings = Spellings()
        for texts in chosen_texts(self.shards[shard], inside):
            check()
            batch = beginnings(texts, self.most_bytes)
            found = WordPlaces.of(batch)
            of_topics = found.terms()
            facts.append(facts_of(batch, found))
            words.append(found.hashes.copy())
            terms.append(of_topics.hashes)
            written.append(batch.data[batch.offsets[0] : batch.offsets[-1]])
            bounds = (found.bounds, of_topics.bounds, batch.offsets)
            ends = np.stack(bounds)
            counts.append(ends[:, 1:] - ends[:, :-1])
            spellings.add(batch, found)
        ends = np.cumsum(np.concatenate(counts, axis=1), axis=1)
        self._write("facts", shard, np.concatenate(facts))
        self._write("words", shard, np.concatenate(words))
        self._write("terms", shard, np.concatenate(terms))
        self._write("texts", shard, np.concatenate(written))
        self._write("bounds", shard, np.pad(ends, ((0, 0), (1, 0))))
        self._write("spellings", shard, spellings.table())
        return len(inside)

    def _write(self, name: str, shard: int, array: npt.NDArray[Any]) -> None:
        with (self.folder / f"{name}-{shard:05d}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())


def read_sample(
    documents: Documents, places: Int64, most_bytes: int, runner: ShardRunner
) -> Sampled:
    """Read the documents at ``places``, ascending, shard by shard."""
    shards = tuple(shard.resolve() for shard in documents.shards())
    folder = runner.folder.resolve()
    reader = SampleReader(folder, shards, documents.starts(), places, most_bytes)
    runner.run(STAGE, reader, len(shards), len(places))
    return _joined(folder, places, len(shards))


def chosen_texts(shard: Path, rows: Int64) -> Iterator[pa.LargeStringArray]:
    """Texts of the documents at ``rows``, ascending; reads only row groups that hold some."""
    start = 0
    with pq.ParquetFile(shard) as file:
        for group in range(file.num_row_groups):
            stop = start + file.metadata.row_group(group).num_rows
            first, last = np.searchsorted(rows, (start, stop))
            if first < last:
                texts = file.read_row_group(group, columns=["text"]).column("text")
                texts = texts.take(pa.array(rows[first:last] - start)).combine_chunks()
                for part in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
                    for at in range(0, len(part), BATCH_ROWS):
                        yield part.slice(at, BATCH_ROWS)
            start = stop


class Spellings:
    """The distinct words whose spelling is looked at, in lower case, with their numbers."""

    def __init__(self) -> None:
        self._words: dict[int, bytes] = {}
        self._counts: dict[int, int] = {}

    def add(self, batch: TextBatch, words: WordPlaces) -> None:
        """Count those of a batch."""
        chosen = np.flatnonzero(words.is_spelled())
        hashes, first, counts = np.unique(
            words.hashes[chosen], return_index=True, return_counts=True
        )
        places = chosen[first]
        found = zip(
            hashes.tolist(), counts.tolist(), words.starts[places].tolist(),
            words.stops[places].tolist(), strict=True,
        )  # fmt: skip
        for key, count, start, stop in found:
            if key not in self._words:
                text = batch.data[start:stop].tobytes().decode()
                self._words[key] = _lower(text).encode()
            self._counts[key] = self._counts.get(key, 0) + count

    def table(self) -> npt.NDArray[Any]:
        """Rows of ``_SPELLING``, by hash."""
        rows = [(key, self._counts[key], word) for key, word in sorted(self._words.items())]
        return np.array(rows, dtype=_SPELLING)


def _joined(folder: Path, places: Int64, num_shards: int) -> Sampled:
    """What all shards gave, one after another."""

    def load(name: str) -> Iterator[npt.NDArray[Any]]:
        for shard in range(num_shards):
            yield np.load(folder / f"{name}-{shard:05d}.npy", mmap_mode="r", allow_pickle=False)

    def stream(name: str, bounds: Int64, kind: type[np.generic] = np.uint64) -> Streams:
        path = folder / f"{name}.bin"
        with path.open("wb") as file:
            for hashes in load(name):
                hashes.tofile(file)
        if not bounds[-1]:
            return Streams(np.zeros(0, dtype=kind), bounds)
        # Writable in memory alone: for arrays that are not, kernels would be compiled anew.
        mapped = np.memmap(path, dtype=kind, mode="c")
        return Streams(mapped.view(np.ndarray), bounds)

    counts = np.concatenate([np.diff(bounds, axis=1) for bounds in load("bounds")], axis=1)
    bounds = np.pad(np.cumsum(counts, axis=1), ((0, 0), (1, 0)))
    spellings: dict[str, tuple[int, int]] = {}
    for table in load("spellings"):
        for key, count, word in table.tolist():
            text = word.decode()
            spellings[text] = (key, spellings.get(text, (key, 0))[1] + count)
    facts = np.concatenate(list(load("facts")))
    return Sampled(
        places,
        facts,
        stream("words", bounds[0]),
        stream("terms", bounds[1]),
        stream("texts", bounds[2], np.uint8),
        spellings,
    )


def _lower(word: str) -> str:
    """As the words are hashed: character by character, each one staying one."""
    if word.isascii():
        return word.lower()
    pairs = ((character, character.lower()) for character in word)
    return "".join(lower if len(lower) == 1 else character for character, lower in pairs)
