"""Items of a benchmark looked for in training texts, once for all jobs.

The items become tables of hashed runs of words (``training.corpus.contamination.index``), and every
text is searched for them. What was found is kept by the content of the items, of the texts and by
the lengths of the runs, so that a resumed job, or another evaluation, searches nothing again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.benchmarks.benchmark import BenchmarkItem
from training.corpus.contamination.find import Finder
from training.corpus.contamination.index import Limits, build
from training.corpus.contamination.sets import one_chunk
from training.corpus.contamination.words import cut
from training.corpus.documents import Documents, shard_batches
from training.corpus.executor import CheckStop, ShardRunner
from training.corpus.signals.batch import TextBatch
from training.corpus.stopping import check_stop
from training.folder.job import Job
from training.folder.kept import keep, read_kept
from training.specs.evaluate import ContaminationPart
from training.tasks.taskset import TRAIN, TaskSet, split_file
from training.tokens.seen.texts import row_texts

KIND = "contamination"
#: Of what is kept: another search, or another form, has another number.
_VERSION = 1
_ITEMS = "items.arrow"
_INDEX = "index"
_BATCH_ROWS = 512
#: doc_id, place of the item among those looked for, and the share of its words.
_HITS = np.dtype([("document", "V16"), ("item", np.int64), ("share", np.float32)])
Hits = npt.NDArray[np.void]
Int64 = npt.NDArray[np.int64]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ItemSearch:
    """Looks for these items; files are left in ``work``, which is a new folder."""

    items: Sequence[BenchmarkItem]
    part: ContaminationPart
    job: Job
    work: Path
    num_workers: int

    @functools.cached_property
    def _key(self) -> str:
        """Of the items and of how they are looked for."""
        about = [[item.set, item.question, item.right] for item in self.items]
        lengths = [_VERSION, self.part.ngram_words, self.part.least_words]
        return hashlib.sha256(json.dumps([lengths, about]).encode()).hexdigest()

    @functools.cached_property
    def places(self) -> Int64:
        """[items] which place of the tables stands for each; -1 where it is too short."""
        return _kept_array(f"{self._key} items", np.dtype(np.int64), lambda: self._tables)

    @functools.cached_property
    def _tables(self) -> Int64:
        """Save tables and texts of the items, for every worker; `places`."""
        names = {name: n for n, name in enumerate(dict.fromkeys(item.set for item in self.items))}
        order = sorted(range(len(self.items)), key=lambda place: names[self.items[place].set])
        ordered = [self.items[place] for place in order]
        least = self.part.least_words
        texts = pa.array([_looked_for(item, least) for item in ordered], pa.large_string())
        limits = Limits(self.part.ngram_words, least)
        tables, judged = build(texts, [names[item.set] for item in ordered], limits)
        (self.work / _INDEX).mkdir(parents=True)
        for table in tables:
            table.save(self.work / _INDEX)
        rows = pa.table({"text": texts})
        with (
            pa.OSFile(str(self.work / _ITEMS), "wb") as file,
            pa.ipc.new_file(file, rows.schema) as out,
        ):
            out.write_table(rows)
        places = np.full(len(order), -1, dtype=np.int64)
        for place, one in enumerate(judged):
            if not one.left_out:
                places[order[place]] = one.copy_of if one.copy_of >= 0 else place
        return places

    def in_documents(self, documents: Documents) -> Hits:
        """Every hit in these documents, kept ones and dropped ones alike."""
        shards = tuple(shard.resolve() for shard in documents.shards())
        files = [documents.manifest.files[shard.name]["sha256"] for shard in shards]
        return self._kept(files, lambda: self._search_shards(shards, documents.num_documents))

    def in_examples(self, tasks: TaskSet) -> Hits:
        """Every hit in the training split of a task set."""
        files = [tasks.manifest.files[split_file(TRAIN)]["sha256"]]
        return self._kept(files, lambda: self._search_rows(tasks))

    def _kept(self, files: Sequence[str], search: Callable[[], Hits]) -> Hits:
        if not (self.places >= 0).any():
            return np.empty(0, _HITS)
        return _kept_array(f"{self._key} in {' '.join(files)}", _HITS, search)

    def _search_shards(self, shards: tuple[Path, ...], num_documents: int) -> Hits:
        _ = self._tables
        folder = self.work / f"texts-{len(list(self.work.iterdir()))}"
        folder.mkdir()
        searcher = ShardSearcher(self.work.resolve(), folder.resolve(), shards)
        ShardRunner(self.job, folder, self.num_workers).run(
            "searching training texts", searcher, len(shards), num_documents
        )
        return np.concatenate([np.load(searcher.file(shard)) for shard in range(len(shards))])

    def _search_rows(self, tasks: TaskSet) -> Hits:
        _ = self._tables
        finder, rows, count = _finder(self.work), tasks.rows(TRAIN), 0
        found: list[tuple[bytes, int, float]] = []
        while batch := list(islice(rows, _BATCH_ROWS)):
            check_stop(self.job)
            count += len(batch)
            texts = TextBatch.of(["\n".join(row_texts(row)) for row in batch])
            for place, hits in finder.hits(texts):
                found += [(batch[place]["row_id"], hit.item, hit.item_share) for hit in hits]
            self.job.progress(count, tasks.splits[TRAIN], "examples")
        return np.array(found, dtype=_HITS)


def _kept_array(
    key: str, dtype: np.dtype[Any], make: Callable[[], npt.NDArray[Any]]
) -> npt.NDArray[Any]:
    """An array that was kept, else made and kept."""
    content = read_kept(KIND, key)
    if content is not None:
        logger.info("what an earlier search has found is taken from it")
        return np.frombuffer(content, dtype=dtype)
    made = make()
    keep(KIND, key, np.ascontiguousarray(made, dtype=dtype).tobytes())
    return made


def _looked_for(item: BenchmarkItem, least_words: int) -> str:
    is_enough = len(cut(item.question)) >= least_words
    return item.question if is_enough else f"{item.question}\n{item.right}"


@dataclass(frozen=True)
class ShardSearcher:
    """Searches shards of documents; hits go to a file each."""

    work: Path
    out: Path
    shards: tuple[Path, ...]

    def file(self, shard: int) -> Path:
        """Where the hits of a shard are put."""
        return self.out / f"{shard:05d}.npy"

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Search every text of a shard; returns how many there are."""
        finder, found, count = _finder(self.work), [], 0
        for batch in shard_batches(self.shards[shard], ("doc_id", "text")):
            check()
            ids = batch.column("doc_id")
            for place, hits in finder.hits(TextBatch(batch.column("text"))):
                found += [(ids[place].as_py(), hit.item, hit.item_share) for hit in hits]
            count += batch.num_rows
        np.save(self.file(shard), np.array(found, dtype=_HITS))
        return count


def _finder(work: Path) -> Finder:
    with pa.memory_map(str(work / _ITEMS)) as file:
        texts = one_chunk(pa.ipc.open_file(file).read_all().column("text"))
    return Finder.open(work / _INDEX, texts)
