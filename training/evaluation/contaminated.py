"""Which items of a benchmark stand in the texts that a model was trained on.

1. An item is its question; one that is too short to mean anything is looked for with its answer.
2. The runs that the weights come from are followed to their token stores, and from there to the
   documents or examples of the training split; held-out ones were not learnt from.
3. Each text is searched (``training.evaluation.searched``): any run of words that both share,
   compared word by word. What was searched once is known from then on.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from training.benchmarks.benchmark import BenchmarkItem
from training.corpus.corpus import Corpus
from training.errors import TrainyardError
from training.evaluation.searched import Hits, ItemSearch
from training.folder.atomic import read_json
from training.folder.job import Job
from training.specs.evaluate import ContaminationPart
from training.tasks.taskset import TRAIN, TaskSet
from training.tokens.seen.runs import PastRun
from training.tokens.seen.texts import input_of
from training.tokens.store import TokenStore

_WORK = "contamination-work"
#: Of so many items all are looked for, so that whoever asks some of them again finds it done.
_MOST_WHOLE = 200_000


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
    items: Sequence[BenchmarkItem], chosen: Sequence[BenchmarkItem], runs: Sequence[PastRun],
    part: ContaminationPart, job: Job, num_workers: int,
) -> Found:  # fmt: skip
    """What is known of the ``chosen`` ones of a benchmark's items in what these runs read."""
    looked = items if len(items) <= _MOST_WHOLE else chosen
    work = job.folder.root / _WORK
    shutil.rmtree(work, ignore_errors=True)
    try:
        return _found(ItemSearch(looked, part, job, work, num_workers), chosen, runs)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _found(search: ItemSearch, chosen: Sequence[BenchmarkItem], runs: Sequence[PastRun]) -> Found:
    found = Found()
    best = np.zeros(len(search.items) + 1, dtype=np.float32)
    for run in runs:
        entry: dict[str, Any] = {"name": run.name, "trouble": run.trouble, "texts": 0, "hits": 0}
        found.runs.append(entry)
        if run.folder is None:
            continue
        try:
            hits, entry["texts"] = _search(_store_of(run), search)
        except TrainyardError as error:
            entry["trouble"] = str(error)
            continue
        entry["hits"] = len(hits)
        np.maximum.at(best, hits["item"], hits["share"])
    wanted = {item.index for item in chosen}
    for item, place in zip(search.items, search.places.tolist(), strict=True):
        if item.index not in wanted:
            continue
        if place < 0:
            found.too_short.append(item.index)
        elif best[place]:
            found.shares[item.index] = float(best[place])
    return found


def _store_of(run: PastRun) -> TokenStore:
    assert run.folder is not None
    stored = read_json(run.folder.spec) or {}
    tokens = str(stored.get("spec", {}).get("tokens", ""))
    return TokenStore.open((run.folder.root / tokens).resolve())


def _search(store: TokenStore, search: ItemSearch) -> tuple[Hits, int]:
    """The hits in the training split, and how many texts that has."""
    if store.info.has_loss_mask:
        tasks = TaskSet.open(input_of(store, "tasks"))
        return search.in_examples(tasks), tasks.splits[TRAIN]
    hits = search.in_documents(Corpus.open(input_of(store, "corpus")).documents)
    first, last = store.documents(TRAIN)
    trained = store.doc_ids[first:last].copy().view("V16").ravel()
    return hits[np.isin(hits["document"], trained)], last - first
