"""Scores a benchmark while a run trains: the accuracy of each set as a series of its own.

An event tells numbers of items, intervals and what is known of contamination besides.

Before the first step of an attempt the items are looked for in the run's training texts, and in
those of the runs behind its base; what then becomes of them the spec says. Nothing is drawn from
torch's generators: a run that is measured is the run that is not.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from training.benchmarks.answers import KEY as KEPT
from training.benchmarks.answers import Answers, answers_by_set
from training.benchmarks.benchmark import KIND, Benchmark, BenchmarkItem
from training.benchmarks.prompts import Asked, chosen_items, encoder_of
from training.benchmarks.results import Accuracy, chance_of
from training.evaluation.benchmark import Questions
from training.evaluation.likelihood import Scorer
from training.events import EventKind
from training.loop.precision import autocast
from training.loop.run import Run, StepResult
from training.parallel.reduce import reduce_sums
from training.specs.evaluate import Contaminated
from training.tokenizers.load import load_tokenizer
from training.tokens.seen.runs import with_bases

SERIES = "benchmark/"
#: Of larger sets an event has no answers: a page reads events by the end of their file.
_MOST_KEPT = 20_000

logger = logging.getLogger(__name__)


class BenchmarkWatch:
    """Shared out over the ranks by items."""

    def __init__(self) -> None:
        self._questions: Questions | None = None
        #: Of all ranks.
        self._asked: tuple[Asked, ...] = ()
        self._found: frozenset[int] = frozenset()
        self._contamination: dict[str, Any] = {}

    def start(self, run: Run) -> None:
        """Read the items, and refuse those that the run trains on; DataError says why."""
        if not run.spec.benchmark:
            return
        items = Benchmark.open(run.job.input(run.spec.benchmark, KIND)).items()
        part = run.spec.benchmarks
        found, is_known = _found(run, items)
        tokenizer = load_tokenizer(run.store.tokenizer_folder)
        encoder = encoder_of(tokenizer, run.store.info.eos_id)
        is_dropping = part.contamination.items == Contaminated.DROP
        questions = Questions.of(
            items, part.prompt, encoder, dropped=found if is_dropping else (),
            contaminated=found, has_unconditional=False,
        )  # fmt: skip
        self._contamination = {
            "policy": str(part.contamination.items),
            "is_known": is_known,
            "contaminated": len(found),
        }
        self._asked, self._found = questions.asked, questions.contaminated
        self._questions = Questions(questions.asked[run.world.rank :: run.world.size])

    def after_step(self, run: Run, result: StepResult) -> None:
        """Score when due. Collective."""
        if self._questions is None:
            return
        is_last = result.step == run.spec.num_steps
        if not is_last and result.step % run.spec.benchmarks.every_steps:
            return
        told = self._results(run, self._questions)
        for one in told:
            name, accuracy = one["set"], one["accuracy"]
            if run.metrics:
                run.metrics.add(f"{SERIES}{name}", result.step, accuracy)
            if run.world.is_main:
                logger.info("step %d, %s: accuracy %.1f %%", result.step, name, 100 * accuracy)
        run.job.events.write(
            EventKind.BENCHMARK, step=result.step, sets=told, **self._contamination
        )

    def end(self, run: Run) -> None:
        """Nothing to close."""

    def _results(self, run: Run, questions: Questions) -> list[dict[str, Any]]:
        """Of each set, as an evaluation tells it. Collective."""
        run.model.eval()
        scorer = Scorer(
            model=run.model,
            context_length=run.model_spec.context_length,
            device=run.world.device,
            batch_tokens=run.spec.micro_batch_size * run.spec.sequence_length,
            autocast=partial(autocast, run.spec.precision, run.world.device),
        )
        scores = questions.score(scorer)
        run.model.train()
        way = run.spec.benchmarks.prompt.normalisation
        is_right = np.zeros(len(self._asked))
        is_right[run.world.rank :: run.world.size] = [bool(one.is_right(way)) for one in scores]
        return self._told(np.asarray(reduce_sums(is_right.tolist(), run.world)) > 0)

    def _told(self, is_right: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
        """Of each set, from bool [items asked]."""
        rows = list(zip(self._asked, is_right.tolist(), strict=True))
        answers = answers_by_set((asked.prompt, asked.item, right) for asked, right in rows)
        return [self._told_set(name, found) for name, found in answers.items()]

    def _told_set(self, name: str, answers: Answers) -> dict[str, Any]:
        items = [asked.item for asked in self._asked if asked.item.set == name]
        number = len(items)
        told = {
            "set": name,
            "items": number,
            **Accuracy(int(answers.right.sum()), number).told(),
            "chance": sum(chance_of(item) for item in items) / number,
            "contaminated": sum(item.index in self._found for item in items),
        }
        return told | ({KEPT: answers.told()} if number <= _MOST_KEPT else {})


def _found(run: Run, items: Sequence[BenchmarkItem]) -> tuple[frozenset[int], bool]:
    """Indices of items in the training texts, and whether all of these could be searched.

    Rank 0 looks, the others are told. Collective.
    """
    # The search brings the whole corpus along: runs without a benchmark do not wait for it.
    from training.evaluation.contaminated import search_runs
    from training.evaluation.refusing import tell_contamination, tell_left_out

    part = run.spec.benchmarks
    is_found = np.zeros(len(items) + 1)
    if run.world.is_main:
        run.job.phase("looking for items in the training texts")
        chosen = chosen_items(items, part.prompt)
        tell_left_out(run.job, items, chosen)
        bases = with_bases(run.job.folder)
        found = search_runs(items, chosen, bases, part.contamination, run.job, 1)
        tell_contamination(run.job, found, chosen, part.contamination.items)
        is_found[list(found.shares)] = 1.0
        is_found[-1] = found.is_known
    summed = np.asarray(reduce_sums(is_found.tolist(), run.world))
    return frozenset(np.flatnonzero(summed[:-1]).tolist()), bool(summed[-1])
