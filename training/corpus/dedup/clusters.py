"""Clusters of near duplicates over a documents artifact, in bounded memory.

1. Every shard: signatures, and of these one file of 64-bit keys per band.
2. Band by band: documents with a key that another one has are candidates.
3. Every shard once more: the sorted shingles of the candidates go to one file, which is mapped.
4. Bands in a few groups, side by side: pairs of one bucket are held against the exact Jaccard;
   those that reach the threshold are joined in the trees of the group.
5. The trees of all groups are joined.

A cluster is a connected component of the joined pairs. Which documents share a bucket does not
depend on shards or workers, so neither do the clusters. Memory is some tens of bytes per document.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
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
#: Pairs can be compared by as many workers.
_MOST_GROUPS = 4
_CANDIDATES_PER_GROUP = 2_000


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
        files.begin_shingles(np.where(is_candidate, counts, 0))
        self._stage("shingles", ShingleWriter(files))
        num_candidates = int(is_candidate.sum())
        roots, compared = self._join(files, num_documents, num_candidates)
        return Clusters(roots, num_candidates, compared)

    def _stage(self, name: str, work: ShardWork) -> None:
        files = len(self.documents.shards())
        self.runner.run(f"{self.folder.name}-{name}", work, files, self.documents.num_documents)

    def _join(self, files: _Files, num_documents: int, num_candidates: int) -> tuple[Int64, int]:
        """(roots [documents], how many pairs were compared)."""
        bands = self.banding.bands
        groups = band_groups(bands, num_candidates)
        joiner = PairJoiner(files, groups, self.threshold)
        self.runner.run(f"{self.folder.name}-pairs", joiner, len(groups), bands, unit="bands")
        join = partial(_joined, files, len(groups), num_documents)
        return self.runner.errand(join, len(self.documents.shards()))()


@dataclass(frozen=True)
class _Files:
    """The files of one search: numbers of eight bytes, one per document or per shingle."""

    folder: Path
    shards: tuple[Path, ...]
    starts: Int64
    banding: Banding

    def path(self, name: str) -> Path:
        """A file by name: ``counts``, ``shingles``, ``band-000``, ``trees-0`` ..."""
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

    def begin_shingles(self, room: Int64) -> None:
        """Make the file of shingles with ``room`` [documents] for each, and that of the places."""
        places = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
        places.tofile(self.path("places"))
        with self.path("shingles").open("ab") as file:
            file.truncate(max(1, int(places[-1])) * _NUMBER_BYTES)

    def write(self, name: str, at: int, numbers: npt.NDArray[np.generic]) -> None:
        """Put numbers at their place."""
        with self.path(name).open("r+b") as file:
            file.seek(at * _NUMBER_BYTES)
            file.write(numbers.tobytes())


def _joined(files: _Files, num_groups: int, num_documents: int) -> tuple[Int64, int]:
    """The trees of all groups as one: (roots [documents], how many pairs were compared)."""
    from training.corpus.dedup import kernels

    parents = np.arange(num_documents, dtype=np.int64)
    compared = 0
    for group in range(num_groups):
        *_, last = trees = files.read(f"trees-{group}")
        kernels.join_trees(parents, trees[:-1])
        compared += int(last)
    return _roots(parents), compared


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
                # One piece for the whole batch: workers that write to one file wait for each other.
                piece = np.zeros(places[at + batch.num_rows] - places[at], dtype=np.uint64)
                kernels.spread(found, offsets, places[at + here] - places[at], piece)
                file.seek(int(places[at]) * _NUMBER_BYTES)
                file.write(piece.tobytes())
                self.files.write("sizes", at, sizes)
                at += batch.num_rows
        return at - first


@dataclass(frozen=True)
class PairJoiner:
    """Compares the pairs of a group of bands, and writes its trees: the root of every document.

    Behind the last root stands how many pairs were compared. Groups do not depend on workers, so
    neither does that number.
    """

    files: _Files
    groups: tuple[range, ...]
    threshold: float

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Join what is similar within the bands of group ``shard``; returns their number."""
        from training.corpus.dedup import kernels

        counts, sizes, places = map(self.files.read, ("counts", "sizes", "places"))
        shingles = np.memmap(self.files.path("shingles"), dtype=np.uint64, mode="r")
        parents = np.arange(len(counts), dtype=np.int64)
        compared = 0
        for band in self.groups[shard]:
            members, bounds = _buckets(self.files, band, counts)
            for first in range(0, len(bounds) - 1, _BUCKETS_AT_ONCE):
                some = bounds[first : first + _BUCKETS_AT_ONCE + 1]
                compared += int(
                    kernels.join_buckets(
                        members, some, parents, shingles, places, sizes, self.threshold
                    )
                )
                check()
        np.append(_roots(parents), compared).tofile(self.files.path(f"trees-{shard}"))
        return len(self.groups[shard])


def band_groups(bands: int, num_candidates: int) -> tuple[range, ...]:
    """Neighbouring bands in at most ``_MOST_GROUPS`` groups of nearly equal size.

    A pair that is similar is compared once in each group, not in each band. Few candidates make
    one group: they are compared sooner than a worker is started.
    """
    number = min(_MOST_GROUPS, bands, 1 + num_candidates // _CANDIDATES_PER_GROUP)
    ends = [bands * place // number for place in range(number + 1)]
    return tuple(range(start, stop) for start, stop in pairwise(ends))


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
