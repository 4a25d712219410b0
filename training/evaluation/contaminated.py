"""Which items of a benchmark stand in the texts that a model was trained on.

1. An item is its question; one that is too short to mean anything is looked for with its answer.
2. The runs that the weights come from are followed to their token stores, and from there to the
   documents or examples of the training split; held-out ones were not learnt from.
3. Each text is searched by the engine of ``training.corpus.contamination``: any run of words that
   both share, compared word by word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
from training.corpus.corpus import Corpus
from training.corpus.documents import shard_batches
from training.corpus.executor import CheckStop, ShardRunner
from training.corpus.signals.batch import TextBatch
from training.corpus.stopping import check_stop
from training.errors import TrainyardError
from training.folder.atomic import read_json
from training.folder.job import Job
from training.specs.evaluate import ContaminationPart
from training.tasks.taskset import TRAIN, TaskSet
from training.tokens.seen.runs import PastRun
from training.tokens.seen.texts import input_of, row_texts
from training.tokens.store import TokenStore

_ITEMS = "items.arrow"
_INDEX = "index"
_BATCH_ROWS = 512
#: doc_id, place of the item among those looked for, and the share of its words.
_HITS = np.dtype([("document", "V16"), ("item", np.int64), ("share", np.float32)])
Hits = npt.NDArray[np.void]


@dataclass
class Found:
    """What is known of the contamination of items.

    ``shares``: item index -> share of its words in the training text that holds the most of it.
    ``too_short`` items cannot be looked for. ``runs`` tells what was searched of each run, or its
    ``trouble``: of what such a run read nothing is known.
    """

    shares: dict[int, float] = field(default_factory=dict)
    too_short: list[int] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        """Whether all training texts could be searched."""
        return all(not run["trouble"] for run in self.runs)

    def told(self, items: Sequence[BenchmarkItem]) -> dict[str, Any]:
        """For JSON: numbers of items, and the runs."""
        return {
            "is_known": self.is_known,
            "items": len(items),
            "contaminated": len(self.shares),
            "too_short": len(self.too_short),
            "runs": self.runs,
        }


def search_runs(
    items: Sequence[BenchmarkItem], runs: Sequence[PastRun], part: ContaminationPart,
    job: Job, work: Path, num_workers: int,
) -> Found:  # fmt: skip
    """Search what these runs were trained on; files are left in ``work``, which is a new folder."""
    found = Found()
    order, copies = _write_index(items, part, work, found)
    best = np.zeros(len(order), dtype=np.float32)
    for number, run in enumerate(runs):
        entry: dict[str, Any] = {"name": run.name, "trouble": run.trouble, "texts": 0, "hits": 0}
        found.runs.append(entry)
        if run.folder is None:
            continue
        try:
            store = _store_of(run)
            hits, entry["texts"] = _search(store, job, work, number, num_workers)
        except TrainyardError as error:
            entry["trouble"] = str(error)
            continue
        entry["hits"] = len(hits)
        np.maximum.at(best, hits["item"], hits["share"])
    best = best[copies]
    found.shares = {order[place]: float(best[place]) for place in np.flatnonzero(best)}
    return found


def _write_index(
    items: Sequence[BenchmarkItem], part: ContaminationPart, work: Path, found: Found
) -> tuple[list[int], npt.NDArray[np.int64]]:
    """Save tables and texts; (index of the item at each place, place that stands for each)."""
    names = {name: number for number, name in enumerate(dict.fromkeys(i.set for i in items))}
    ordered = sorted(items, key=lambda item: names[item.set])
    texts = pa.array([_looked_for(item, part.least_words) for item in ordered], pa.large_string())
    limits = Limits(part.ngram_words, part.least_words)
    tables, judged = build(texts, [names[item.set] for item in ordered], limits)
    (work / _INDEX).mkdir(parents=True)
    for table in tables:
        table.save(work / _INDEX)
    rows = pa.table({"text": texts})
    with pa.OSFile(str(work / _ITEMS), "wb") as file, pa.ipc.new_file(file, rows.schema) as out:
        out.write_table(rows)
    pairs = zip(ordered, judged, strict=True)
    found.too_short = [item.index for item, one in pairs if one.left_out]
    firsts = [one.copy_of if one.copy_of >= 0 else place for place, one in enumerate(judged)]
    return [item.index for item in ordered], np.array(firsts, dtype=np.int64)


def _looked_for(item: BenchmarkItem, least_words: int) -> str:
    is_enough = len(cut(item.question)) >= least_words
    return item.question if is_enough else f"{item.question}\n{item.right}"


def _store_of(run: PastRun) -> TokenStore:
    assert run.folder is not None
    stored = read_json(run.folder.spec) or {}
    tokens = str(stored.get("spec", {}).get("tokens", ""))
    return TokenStore.open((run.folder.root / tokens).resolve())


def _search(
    store: TokenStore, job: Job, work: Path, run: int, num_workers: int
) -> tuple[Hits, int]:
    """The hits in the training split, and how many texts were searched."""
    if not list((work / _INDEX).iterdir()):
        return np.empty(0, _HITS), 0
    if store.info.has_loss_mask:
        return _search_examples(TaskSet.open(input_of(store, "tasks")), job, work)
    documents = Corpus.open(input_of(store, "corpus")).documents
    shards = tuple(shard.resolve() for shard in documents.shards())
    folder = work / f"run-{run}"
    folder.mkdir()
    searcher = ShardSearcher(work.resolve(), folder.resolve(), shards)
    ShardRunner(job, folder, num_workers).run(
        "searching training texts", searcher, len(shards), documents.num_documents
    )
    hits = np.concatenate([np.load(searcher.file(shard)) for shard in range(len(shards))])
    first, last = store.documents(TRAIN)
    trained = store.doc_ids[first:last].copy().view("V16").ravel()
    return hits[np.isin(hits["document"], trained)], last - first


def _search_examples(tasks: TaskSet, job: Job, work: Path) -> tuple[Hits, int]:
    finder, rows, count = _finder(work), tasks.rows(TRAIN), 0
    found: list[tuple[bytes, int, float]] = []
    while batch := list(islice(rows, _BATCH_ROWS)):
        check_stop(job)
        count += len(batch)
        texts = TextBatch.of(["\n".join(row_texts(row)) for row in batch])
        for place, hits in finder.hits(texts):
            found += [(batch[place]["row_id"], hit.item, hit.item_share) for hit in hits]
        job.progress(count, tasks.splits[TRAIN], "examples")
    return np.array(found, dtype=_HITS), count


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
