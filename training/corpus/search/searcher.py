"""Finds the documents that hold a phrase, in the order of the corpus, and tells where in them.

Row groups that may hold it are read several at a time and a little ahead, so memory is a few
groups and the first hits come before the last groups are read. Without an index every group may.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.documents import Documents
from training.corpus.rules.rule import Mask
from training.corpus.search.excerpt import Hit, hits_of
from training.corpus.search.index import Part, ShardIndex, group_starts
from training.corpus.search.phrase import Phrase
from training.corpus.signals.batch import TextBatch

_NAMED = ["doc_id", "source", "language", "origin"]
_AHEAD = 2


@dataclass(frozen=True)
class Found:
    """A document with the phrase. ``origin`` as in the shards; ``hits`` may be fewer than are."""

    index: int
    doc_id: str
    source: str
    language: str
    origin: dict[str, object]
    num_hits: int
    hits: list[Hit]
    text: str


@dataclass(frozen=True)
class Piece:
    """A row group looked through. Of the documents that hold the phrase the first are told."""

    #: Every document before this one has been looked at by now.
    stop: int
    num_documents: int
    num_hits: int
    found: list[Found]


@dataclass(frozen=True)
class _Question:
    """What is asked of every row group."""

    phrase: Phrase
    among: Mask | None
    first: int
    most_documents: int
    most_hits: int


@dataclass(frozen=True)
class _Task:
    """Parts of one row group that are to be looked through; documents count from ``start``."""

    shard: Path
    group: int
    start: int
    stop: int
    parts: list[Part]
    #: First document of the shard.
    offset: int


class Searcher:
    """Searches one documents artifact; ``index`` is the folder of the signals of a corpus."""

    def __init__(
        self, documents: Documents, index: Path | None = None, *, num_workers: int = 2
    ) -> None:
        self.num_workers = num_workers
        self._shards = documents.shards()
        self._groups = [group_starts(shard) for shard in self._shards]
        sizes = [int(starts[-1]) for starts in self._groups]
        self._offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._indices = [
            ShardIndex.read(index, number, size) if index else None
            for number, size in enumerate(sizes)
        ]

    @property
    def num_documents(self) -> int:
        """Documents in all shards."""
        return int(self._offsets[-1])

    @property
    def has_index(self) -> bool:
        """Whether every shard has an index."""
        return all(index is not None for index in self._indices)

    def search(
        self,
        phrase: Phrase,
        *,
        among: Mask | None = None,
        first: int = 0,
        most_documents: int = 1 << 40,
        most_hits: int = 100,
        seconds: float | None = None,
    ) -> Iterator[Piece]:
        """Row group after row group, from document ``first`` on; of the documents [N] in ``among``.

        A piece counts everything and tells of at most ``most_documents`` documents with
        ``most_hits`` hits each. When the last piece's ``stop`` is not `num_documents`, it ended
        because ``seconds`` had passed.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        question = _Question(phrase, among, first, most_documents, most_hits)
        running: deque[Future[Piece]] = deque()
        with ThreadPoolExecutor(self.num_workers) as pool:
            try:
                for task in self._tasks(phrase, first):
                    running.append(pool.submit(_look, question, task))
                    if len(running) > self.num_workers * _AHEAD:
                        yield running.popleft().result()
                        if deadline is not None and time.monotonic() > deadline:
                            return
                while running:
                    yield running.popleft().result()
                    if running and deadline is not None and time.monotonic() > deadline:
                        return
                yield Piece(self.num_documents, 0, 0, [])
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _tasks(self, phrase: Phrase, first: int) -> Iterator[_Task]:
        for number, shard in enumerate(self._shards):
            offset = int(self._offsets[number])
            if self._offsets[number + 1] <= first:
                continue
            starts = self._groups[number]
            by_group: dict[int, list[Part]] = {}
            for part in self._parts(number, phrase):
                if offset + part.stop > first:
                    by_group.setdefault(part.group, []).append(part)
            for group, parts in sorted(by_group.items()):
                begin, end = int(starts[group]), int(starts[group + 1])
                yield _Task(shard, group, offset + begin, offset + end, parts, offset)

    def _parts(self, number: int, phrase: Phrase) -> list[Part]:
        index = self._indices[number]
        if index is not None:
            return index.parts(phrase)
        starts = self._groups[number].tolist()
        pairs = enumerate(itertools.pairwise(starts))
        return [Part(group, begin, end) for group, (begin, end) in pairs]


def _look(question: _Question, task: _Task) -> Piece:
    """Read one row group, if any document of it is asked for."""
    is_wanted = _wanted(question, task)
    if not is_wanted.any():
        return Piece(task.stop, 0, 0, [])
    file = pq.ParquetFile(task.shard)
    texts = _column(file.read_row_group(task.group, columns=["text"], use_threads=False))
    batch = TextBatch(texts)
    most = question.most_hits
    counts, places = question.phrase.find(batch.data, batch.offsets, is_wanted, most)
    holding = np.flatnonzero(counts)
    shown = holding[: question.most_documents]
    found = []
    if len(shown):
        table = file.read_row_group(task.group, columns=_NAMED, use_threads=False)
        bounds = np.searchsorted(places[:, 0], [shown, shown + 1])
        rows = table.take(pa.array(shown)).to_pylist()
        for place, row, first, last in zip(shown.tolist(), rows, *bounds.tolist(), strict=True):
            text = texts[place].as_buffer().to_pybytes()
            here = (places[first:last, 1:] - batch.offsets[place]).tolist()
            found.append(
                Found(
                    index=task.start + place,
                    doc_id=row["doc_id"].hex(),
                    source=row["source"] or "",
                    language=row["language"] or "",
                    origin=row["origin"] or {},
                    num_hits=int(counts[place]),
                    hits=hits_of(text, here),
                    text=text.decode(),
                )
            )
    return Piece(task.stop, len(holding), int(counts.sum()), found)


def _wanted(question: _Question, task: _Task) -> Mask:
    is_wanted = np.zeros(task.stop - task.start, dtype=np.bool_)
    for part in task.parts:
        place = task.offset - task.start
        is_wanted[part.first + place : part.stop + place] = True
    if question.among is not None:
        is_wanted &= question.among[task.start : task.stop]
    is_wanted[: max(0, question.first - task.start)] = False
    return is_wanted


def _column(table: pa.Table) -> pa.LargeStringArray:
    column = table.column(0).combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks else pa.array([], pa.large_string())
    return column
