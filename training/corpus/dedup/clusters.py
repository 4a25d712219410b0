"""Clusters of near duplicates over a documents artifact, in bounded memory.

1. Every shard: signatures, and of these one file of 64-bit keys per band.
2. Band by band: documents with a key that another one has are candidates.
3. Every shard once more: the sorted shingles of the candidates go to one file, which is mapped.
4. Band by band: pairs of one bucket are held against the exact Jaccard; those that reach the
   threshold are joined.

A cluster is a connected component of the joined pairs. Which documents share a bucket does not
depend on shards or workers, so neither do the clusters. Memory is some tens of bytes per document.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from training.corpus.dedup.minhash import Banding, band_keys
from training.corpus.documents import Documents, shard_batches
from training.corpus.executor import CheckStop, ShardRunner, ShardWork
from training.corpus.signals.batch import TextBatch
from training.corpus.stopping import check_stop

Int64 = npt.NDArray[np.int64]

#: Buckets joined between two looks at whether a stop is wanted.
_BUCKETS_AT_ONCE = 20_000
_NUMBER_BYTES = 8


@dataclass(frozen=True)
class Clusters:
    """``roots`` [documents]: the smallest place in the cluster; a document alone has its own."""

    roots: Int64
    num_candidates: int
    num_compared: int

    @property
    def num_duplicates(self) -> int:
        """Documents beyond the first of their cluster."""
        return int((self.roots != np.arange(len(self.roots))).sum())


@dataclass(frozen=True)
class Search:
    """One search: what is compared, and where its files lie while it goes on."""

    documents: Documents
    banding: Banding
    threshold: float
    folder: Path
    runner: ShardRunner

    def run(self) -> Clusters:
        """Find the clusters; the files below ``folder`` can go afterwards."""
        starts = _starts(self.documents)
        shards = tuple(shard.resolve() for shard in self.documents.shards())
        num_documents = int(starts[-1])
        files = _Files(self.folder.resolve(), shards, starts, self.banding)
        self._stage("keys", KeyWriter(files.begin(num_documents)))
        counts = files.read("counts")
        is_candidate = np.zeros(num_documents, dtype=bool)
        for band in range(self.banding.bands):
            members, _ = _buckets(files, band, counts)
            is_candidate[members] = True
            check_stop(self.runner.job)
        places = files.begin_shingles(np.where(is_candidate, counts, 0))
        self._stage("shingles", ShingleWriter(files))
        parents = np.arange(num_documents, dtype=np.int64)
        compared = sum(
            self._join(files, band, counts, parents, places) for band in range(self.banding.bands)
        )
        return Clusters(_roots(parents), int(is_candidate.sum()), compared)

    def _stage(self, name: str, work: ShardWork) -> None:
        files = len(self.documents.shards())
        self.runner.run(f"{self.folder.name}-{name}", work, files, self.documents.num_documents)

    def _join(self, files: _Files, band: int, counts: Int64, parents: Int64, places: Int64) -> int:
        from training.corpus.dedup import kernels

        members, bounds = _buckets(files, band, counts)
        shingles = np.memmap(files.path("shingles"), dtype=np.uint64, mode="r")
        sizes = files.read("sizes")
        compared = 0
        for first in range(0, len(bounds) - 1, _BUCKETS_AT_ONCE):
            some = bounds[first : first + _BUCKETS_AT_ONCE + 1]
            compared += int(
                kernels.join_buckets(
                    members, some, parents, shingles, places, sizes, self.threshold
                )
            )
            check_stop(self.runner.job)
        self.runner.job.progress(band + 1, self.banding.bands, "bands")
        return compared


@dataclass(frozen=True)
class _Files:
    """The files of one search: numbers of eight bytes, one per document or per shingle."""

    folder: Path
    shards: tuple[Path, ...]
    starts: Int64
    banding: Banding

    def path(self, name: str) -> Path:
        """A file by name: ``counts``, ``sizes``, ``places``, ``shingles``, ``band-000`` ..."""
        return self.folder / f"{name}.bin"

    def read(self, name: str) -> Int64:
        """All numbers of a file."""
        return np.fromfile(self.path(name), dtype=np.int64)

    def begin(self, num_documents: int) -> _Files:
        """Make the files that are written by document, unless an earlier attempt has."""
        self.folder.mkdir(exist_ok=True)
        names = ["counts", "sizes", *(f"band-{band:03d}" for band in range(self.banding.bands))]
        for name in names:
            with self.path(name).open("ab") as file:
                file.truncate(num_documents * _NUMBER_BYTES)
        return self

    def begin_shingles(self, room: Int64) -> Int64:
        """Make the file of shingles with ``room`` [documents] for each; returns their places."""
        places = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
        places.tofile(self.path("places"))
        with self.path("shingles").open("ab") as file:
            file.truncate(max(1, int(places[-1])) * _NUMBER_BYTES)
        return places[:-1]

    def write(self, name: str, at: int, numbers: npt.NDArray[np.generic]) -> None:
        """Put numbers at their place."""
        with self.path(name).open("r+b") as file:
            file.seek(at * _NUMBER_BYTES)
            file.write(numbers.tobytes())


@dataclass(frozen=True)
class KeyWriter:
    """Writes the band keys of a shard, and how many shingles each document has."""

    files: _Files

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Sign every text."""
        at = int(self.files.starts[shard])
        for batch in shard_batches(self.files.shards[shard], ("text",)):
            check()
            keys, counts = band_keys(TextBatch(batch.column("text")), self.files.banding)
            self.files.write("counts", at, counts)
            for band, of_band in enumerate(keys):
                self.files.write(f"band-{band:03d}", at, of_band)
            at += batch.num_rows
        return at - int(self.files.starts[shard])


@dataclass(frozen=True)
class ShingleWriter:
    """Writes the distinct shingles of a shard's candidates, and how many each has."""

    files: _Files

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Cut the candidates once more; a document without room is none."""
        from training.corpus.dedup import kernels

        places = self.files.read("places")
        first = int(self.files.starts[shard])
        at = first
        with self.files.path("shingles").open("r+b") as file:
            for batch in shard_batches(self.files.shards[shard], ("text",)):
                check()
                room = np.diff(places[at : at + batch.num_rows + 1])
                here = np.flatnonzero(room)
                sizes = np.zeros(batch.num_rows, dtype=np.int64)
                words = TextBatch(batch.column("text").take(here)).words
                found, offsets = kernels.shingle_sets(
                    words.hashes, words.offsets, self.files.banding.window
                )
                sizes[here] = np.diff(offsets)
                for number, place in enumerate(places[at + here]):
                    file.seek(int(place) * _NUMBER_BYTES)
                    file.write(found[offsets[number] : offsets[number + 1]].tobytes())
                self.files.write("sizes", at, sizes)
                at += batch.num_rows
        return at - first


def _buckets(files: _Files, band: int, counts: Int64) -> tuple[Int64, Int64]:
    """(places of documents that share their key, bucket by bucket and ascending; bounds)."""
    keys = np.fromfile(files.path(f"band-{band:03d}"), dtype=np.uint64)
    documents = np.flatnonzero(counts)
    order = documents[np.argsort(keys[documents], kind="stable")]
    keys = keys[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = keys[1:] != keys[:-1]
    starts = np.flatnonzero(is_first)
    sizes = np.diff(np.append(starts, len(order)))
    members = order[np.repeat(sizes > 1, sizes)]
    return members, np.concatenate([[0], np.cumsum(sizes[sizes > 1])])


def _starts(documents: Documents) -> Int64:
    """Place of the first document of each shard, and of one behind the last."""
    numbers = [pq.read_metadata(shard).num_rows for shard in documents.shards()]
    return np.concatenate([[0], np.cumsum(numbers)]).astype(np.int64)


def _roots(parents: Int64) -> Int64:
    """The root of every tree: parents of parents until nothing changes."""
    while True:
        above = parents[parents]
        if (above == parents).all():
            return above
        parents = above
