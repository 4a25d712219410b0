"""Loss on held-out documents, early stopping, and which step is the best so far.

What else an objective measures (masked accuracy ...) is written beside the loss, which alone says
what is better: it is what the run descends.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from training.errors import DataError
from training.events import EventKind
from training.loop.by_source import SourceTally
from training.loop.precision import autocast
from training.loop.run import Run, StepResult
from training.objectives.cross_entropy import hearing_targets
from training.objectives.objective import Sums
from training.parallel.reduce import reduce_sums
from training.registry import perplexity_kind
from training.tokens.batches import Gathered
from training.tokens.draws import Draws
from training.tokens.rows import AnyRows, rows_of_split
from training.tokens.store import TokenStore
from training.units import perplexity

logger = logging.getLogger(__name__)

#: Begins the name of the series of a source; its own name follows.
SOURCE_SERIES = "validation/source/"


class Validator:
    """Validates every so many steps and after the last one; shared out over the ranks."""

    def __init__(self) -> None:
        self._rows: AnyRows | None = None
        self._sources: SourceTally | None = None

    def start(self, run: Run) -> None:
        """Find the validation rows; shorter than the training rows when there is little text."""
        if run.spec.validation.every_steps:
            self._rows = _validation_rows(run)
            self._sources = SourceTally.of(run.store, "validation") if self._rows else None
        if self._rows is not None and run.base and run.state.step == 0:
            self._tell_of_base(run, self._rows)

    def after_step(self, run: Run, result: StepResult) -> None:
        """Validate when due, at a stop too: what is left out here would never be made up."""
        run.has_improved = False
        if self._rows is None:
            return
        is_due = result.step % run.spec.validation.every_steps == 0
        if is_due or result.step == run.spec.num_steps:
            self._validate(run, self._rows, result.step)

    def end(self, run: Run) -> None:
        """Nothing to close."""

    def _tell_of_base(self, run: Run, rows: AnyRows) -> None:
        """Where tuning starts from; it is no candidate for the best step."""
        _tell(run, 0, validation_figures(run, rows, self._sources), is_best=False)

    def _validate(self, run: Run, rows: AnyRows, step: int) -> None:
        figures = validation_figures(run, rows, self._sources)
        loss = figures.whole["loss"]
        state, part = run.state, run.spec.validation
        state.last_validation_loss = loss
        run.has_improved = loss < state.best_loss - part.min_delta
        if run.has_improved:
            state.best_loss, state.best_step = loss, step
            state.num_validations_without_gain = 0
        else:
            state.num_validations_without_gain += 1
        if run.world.is_main:
            best = ", the best so far" if run.has_improved else ""
            logger.info("step %d, validation loss %.4f%s", step, loss, best)
        _tell(run, step, figures, is_best=run.has_improved)
        is_early = step < run.spec.num_steps
        if is_early and part.patience and state.num_validations_without_gain >= part.patience:
            state.end_reason = (
                f"no improvement in {part.patience} validations; "
                f"the best loss was {state.best_loss:.4f} at step {state.best_step}"
            )


@dataclass(frozen=True)
class Figures:
    """What a validation gave: the objective's figures, and the loss of each source."""

    whole: dict[str, float]
    by_source: dict[str, float]


def _tell(run: Run, step: int, figures: Figures, *, is_best: bool) -> None:
    """Each figure as a point of its series, and all of them as an event."""
    if run.metrics:
        for name, value in figures.whole.items():
            run.metrics.add(f"validation/{name}", step, value)
        for source, value in figures.by_source.items():
            run.metrics.add(f"{SOURCE_SERIES}{source}", step, value)
    loss = figures.whole["loss"]
    has_one = perplexity_kind(run.spec.to_dict()) is not None
    exponential = {"perplexity": perplexity(loss)} if has_one else {}
    sources = {"sources": figures.by_source} if figures.by_source else {}
    run.job.events.write(
        EventKind.VALIDATION,
        step=step,
        is_best=is_best,
        **exponential,
        **figures.whole,
        **sources,
    )


def validation_figures(run: Run, rows: AnyRows, sources: SourceTally | None = None) -> Figures:
    """The loss in nats per target, and what else the objective measures. Collective.

    Over at most ``max_rows`` evenly spread rows; with ``sources`` the loss of each in the same
    pass.
    """
    limit = run.spec.validation.max_rows or len(rows)
    num_rows = min(limit, len(rows))
    chosen = np.linspace(0, len(rows), num_rows, endpoint=False).astype(np.int64)
    mine = chosen[run.world.rank :: run.world.size]
    if sources is None:
        summed = reduce_sums(tally(run, rows, mine).tolist(), run.world)
        return Figures(run.objective.figures(np.asarray(summed)), {})
    sources.clear()
    sums = tally(run, rows, mine, sources)
    flat = [*sums.tolist(), *sources.sums.ravel().tolist(), float(not sources.adds_up)]
    reduced = np.asarray(reduce_sums(flat, run.world))
    whole = run.objective.figures(reduced[: len(sums)])
    parts = reduced[len(sums) : -1].reshape(sources.sums.shape)
    return Figures(whole, {} if reduced[-1] else sources.losses(parts))


def tally(
    run: Run, rows: AnyRows, chosen: npt.NDArray[np.int64], sources: SourceTally | None = None
) -> Sums:
    """What the objective adds up (``Objective.tally``) over these rows; in this process alone.

    What is drawn for a row is the same every time, and in every run.
    """
    total = np.zeros(run.objective.num_sums)
    run.model.eval()
    with torch.inference_mode(), autocast(run.spec.precision, run.world.device):
        for start in range(0, len(chosen), run.spec.micro_batch_size):
            row_ids = chosen[start : start + run.spec.micro_batch_size]
            gathered = Gathered.of(rows, row_ids)
            batch = run.objective.batch(gathered, Draws.fixed(row_ids), run.world.device)
            if sources is None:
                total += run.objective.tally(run.model, batch)
                continue
            with hearing_targets() as heard:
                sums = run.objective.tally(run.model, batch)
            mean = run.objective.figures(sums)["loss"]
            sources.add(gathered, heard, mean * batch.num_targets)
            total += sums
    run.model.train()
    return total


def _validation_rows(run: Run) -> AnyRows | None:
    length = run.spec.sequence_length
    try:
        return rows_of_split(run.store, "validation", length, run.spec.packing.uncut())
    except DataError as error:
        shorter = _num_tokens(run.store) - 1
        if shorter < 2 or run.store.info.has_loss_mask:
            run.job.warn(f"Validation is off: {error}")
            return None
        run.job.warn(
            f"The validation split holds {shorter + 1} tokens, so validation uses rows of "
            f"{shorter} tokens instead of {length}."
        )
        return rows_of_split(run.store, "validation", shorter)


def _num_tokens(store: TokenStore) -> int:
    first, last = store.token_range("validation")
    return last - first
