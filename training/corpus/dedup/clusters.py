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

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from training.corpus.dedup.minhash import Banding, UInt64, band_keys
from training.corpus.documents import Documents, shard_batches
from training.corpus.signals.batch import TextBatch

Int64 = npt.NDArray[np.int64]

#: Buckets joined between two looks at whether a stop is wanted.
_BUCKETS_AT_ONCE = 20_000
_KEY_BYTES = 8


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
    """One search: what is compared, and where its files lie while it goes on.

    ``tell(done, total, unit)`` is called after each piece of work; it may raise to end the search.
    """

    documents: Documents
    banding: Banding
    threshold: float
    folder: Path
    num_workers: int = 1
    tell: Callable[[int, int, str], None] = lambda done, total, unit: None

    def run(self) -> Clusters:
        """Find the clusters; the files below ``folder`` can go afterwards."""
        starts = _starts(self.documents)
        counts = self._write_keys(starts)
        num_documents = int(starts[-1])
        is_candidate = np.zeros(num_documents, dtype=bool)
        for band in range(self.banding.bands):
            members, _ = self._buckets(band, counts)
            is_candidate[members] = True
        places, sizes, shingles = self._write_shingles(starts, counts, is_candidate)
        parents = np.arange(num_documents, dtype=np.int64)
        compared = 0
        for band in range(self.banding.bands):
            compared += self._join(band, counts, parents, shingles, places, sizes)
        return Clusters(_roots(parents), int(is_candidate.sum()), compared)

    def _write_keys(self, starts: Int64) -> Int64:
        """Write the keys of all bands; returns how many shingles each document has."""
        counts = np.zeros(int(starts[-1]), dtype=np.int64)
        for band in range(self.banding.bands):
            with self._band_file(band).open("wb") as file:
                file.truncate(int(starts[-1]) * _KEY_BYTES)

        def write(shard: int) -> int:
            at = int(starts[shard])
            for batch in shard_batches(self.documents.shards()[shard], ("text",)):
                keys, numbers = band_keys(TextBatch(batch.column("text")), self.banding)
                counts[at : at + len(numbers)] = numbers
                for band, of_band in enumerate(keys):
                    with self._band_file(band).open("r+b") as file:
                        file.seek(at * _KEY_BYTES)
                        file.write(of_band.tobytes())
                at += len(numbers)
            return at - int(starts[shard])

        self._over_shards(write)
        return counts

    def _write_shingles(
        self, starts: Int64, counts: Int64, is_candidate: npt.NDArray[np.bool_]
    ) -> tuple[Int64, Int64, UInt64]:
        """(first shingle of each document in the file, how many distinct ones, the mapped file)."""
        from training.corpus.dedup import kernels

        room = np.where(is_candidate, counts, 0)
        places = np.concatenate([[0], np.cumsum(room)])
        sizes = np.zeros(len(counts), dtype=np.int64)
        path = self.folder / "shingles.bin"
        with path.open("wb") as file:
            file.truncate(max(1, int(places[-1])) * _KEY_BYTES)

        def write(shard: int) -> int:
            at = int(starts[shard])
            with path.open("r+b") as file:
                for batch in shard_batches(self.documents.shards()[shard], ("text",)):
                    here = np.flatnonzero(is_candidate[at : at + batch.num_rows])
                    if len(here):
                        words = TextBatch(batch.column("text").take(here)).words
                        found, offsets = kernels.shingle_sets(
                            words.hashes, words.offsets, self.banding.window
                        )
                        for number, document in enumerate(at + here):
                            sizes[document] = offsets[number + 1] - offsets[number]
                            file.seek(int(places[document]) * _KEY_BYTES)
                            file.write(found[offsets[number] : offsets[number + 1]].tobytes())
                    at += batch.num_rows
            return at - int(starts[shard])

        self._over_shards(write)
        return places[:-1], sizes, np.memmap(path, dtype=np.uint64, mode="r")

    def _over_shards(self, work: Callable[[int], int]) -> None:
        total, done = int(_starts(self.documents)[-1]), 0
        with ThreadPoolExecutor(self.num_workers) as pool:
            running = [pool.submit(work, shard) for shard in range(len(self.documents.shards()))]
            try:
                for finished in as_completed(running):
                    done += finished.result()
                    self.tell(done, total, "documents")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _band_file(self, band: int) -> Path:
        return self.folder / f"band-{band:03d}.bin"

    def _buckets(self, band: int, counts: Int64) -> tuple[Int64, Int64]:
        """(places of documents that share their key, bucket by bucket and ascending; bounds)."""
        keys = np.fromfile(self._band_file(band), dtype=np.uint64)
        documents = np.flatnonzero(counts)
        order = documents[np.argsort(keys[documents], kind="stable")]
        keys = keys[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = keys[1:] != keys[:-1]
        starts = np.flatnonzero(is_first)
        sizes = np.diff(np.append(starts, len(order)))
        members = order[np.repeat(sizes > 1, sizes)]
        return members, np.concatenate([[0], np.cumsum(sizes[sizes > 1])])

    def _join(
        self,
        band: int,
        counts: Int64,
        parents: Int64,
        shingles: UInt64,
        places: Int64,
        sizes: Int64,
    ) -> int:
        from training.corpus.dedup import kernels

        members, bounds = self._buckets(band, counts)
        compared = 0
        for first in range(0, len(bounds) - 1, _BUCKETS_AT_ONCE):
            some = bounds[first : first + _BUCKETS_AT_ONCE + 1]
            compared += int(
                kernels.join_buckets(
                    members, some, parents, shingles, places, sizes, self.threshold
                )
            )
            self.tell(band, self.banding.bands, "bands")
        return compared


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
