"""A corpus version opened for looking: other thresholds, lists of documents, one whole document.

Signals are mapped and stay mapped; texts are read a row group at a time, and the last groups are
kept. What is asked again and again while a threshold moves touches columns only.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.amounts import Measure
from training.corpus.corpus import Corpus
from training.corpus.documents import Documents
from training.corpus.keeping import AlwaysKept
from training.corpus.signals.table import SignalTable
from training.corpus.token_counts import column_name
from training.corpus.verdicts import Verdicts

Int64 = npt.NDArray[np.int64]

_COLUMNS = ["text", "origin", "language", "meta"]
_GROUPS_KEPT = 12
_READERS = 2
#: Odd numbers that spread bits (MurmurHash3's).
_MIX = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)


@dataclass(frozen=True)
class _Group:
    """One row group: its place in the corpus and in its file."""

    start: int
    stop: int
    shard: Path
    number: int


class TextReader:
    """Reads single documents; the row groups of the last ones are kept decoded."""

    def __init__(self, documents: Documents) -> None:
        self._groups = list(_groups_of(documents))
        self._starts = np.array([group.start for group in self._groups], dtype=np.int64)
        self._kept: OrderedDict[int, pa.Table] = OrderedDict()

    def rows(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """The documents with these indices in the order asked: text, origin, language, meta."""
        places = np.searchsorted(self._starts, np.asarray(indices), side="right") - 1
        self._load(sorted(set(places.tolist())))
        return [
            self._kept[place].slice(index - self._groups[place].start, 1).to_pylist()[0]
            for index, place in zip(indices, places.tolist(), strict=True)
        ]

    def _load(self, places: list[int]) -> None:
        for place in places:
            if place in self._kept:
                self._kept.move_to_end(place)
        missing = [place for place in places if place not in self._kept]
        with ThreadPoolExecutor(_READERS) as pool:
            for place, table in zip(missing, pool.map(self._read, missing), strict=True):
                self._kept[place] = table
        while len(self._kept) > max(_GROUPS_KEPT, len(places)):
            self._kept.popitem(last=False)

    def _read(self, place: int) -> pa.Table:
        group = self._groups[place]
        return pq.ParquetFile(group.shard).read_row_group(
            group.number, columns=_COLUMNS, use_threads=False
        )


class CorpusView:
    """One corpus version; its folder never changes."""

    def __init__(self, folder: Path) -> None:
        self.corpus = Corpus.open(folder)
        self.table = SignalTable.read(folder)
        self.texts = TextReader(self.corpus.documents)
        self.routes = self.corpus.routes()
        self.keep = AlwaysKept.read(folder)
        self.measure = Measure(self.table, column_name(self.corpus.info.tokenizer))
        self.verdicts = Verdicts(self.table, self.measure)

    @functools.cached_property
    def num_bytes(self) -> Int64:
        """Bytes of each text, in memory."""
        return np.asarray(self.table.values["num_bytes"], dtype=np.int64)

    def shuffled(self, indices: Int64, seed: int, offset: int, limit: int) -> Int64:
        """A page of ``indices`` in an order that depends on the seed and the documents alone.

        So a document that stays keeps its neighbours while a threshold moves.
        """
        salt = np.uint64((seed + 1) * _MIX[1] % 2**64)
        keys = self.table.ids[indices, 1] ^ salt
        keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(_MIX[0])
        return _page(indices, keys ^ (keys >> np.uint64(29)), offset, limit)

    def nearest(
        self, indices: Int64, signal: str, limits: Sequence[float], offset: int, limit: int
    ) -> Int64:
        """A page of ``indices``, those first whose signal is nearest to one of ``limits``."""
        if signal not in self.table.values or not limits:
            return indices[offset : offset + limit]
        values = self.table.values[signal][indices].astype(np.float64)
        distances = np.min([np.abs(values - bound) for bound in limits], axis=0)
        # What was not scored is nearest to nothing.
        return _page(indices, np.nan_to_num(distances, nan=np.inf), offset, limit)


def _page(indices: Int64, keys: npt.NDArray[Any], offset: int, limit: int) -> Int64:
    """``indices[offset:offset + limit]`` in the order of ``keys``, then of place."""
    wanted = min(offset + limit, len(indices))
    if wanted <= offset:
        return indices[:0]
    first = np.arange(len(indices))
    if wanted < len(indices):
        # Ties at the edge must not be cut at random: take all of them, then sort.
        edge = np.partition(keys, wanted - 1)[wanted - 1]
        first = np.flatnonzero(keys <= edge)
    order = first[np.lexsort((first, keys[first]))]
    page: Int64 = indices[order[offset:wanted]]
    return page


def _groups_of(documents: Documents) -> list[_Group]:
    found: list[_Group] = []
    start = 0
    for shard in documents.shards():
        metadata = pq.read_metadata(shard)
        for number in range(metadata.num_row_groups):
            stop = start + metadata.row_group(number).num_rows
            found.append(_Group(start, stop, shard, number))
            start = stop
    return found
