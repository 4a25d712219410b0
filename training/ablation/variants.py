"""From one run to the runs of an ablation: one thing changed, everything else held equal.

Held equal: tokens, their order (the seed's), steps, batch, schedule. Early stopping is switched
off, because runs that end earlier are not compared at equal tokens; a run without validation gets
ten. At equal parameters the width of the feed-forward is what gives way.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from training.ablation.experiments import Variant
from training.errors import Problem, SpecError
from training.planning.params import count_parameters
from training.planning.plan import ASSUMED_VOCAB_SIZE
from training.specs.ablation import Match
from training.specs.model import ModelSpec
from training.specs.train import TrainSpec
from training.units import format_count

NUM_VALIDATIONS = 10
#: Feed-forward widths are multiples of this.
_WIDTH_STEP = 8
#: Parameters may differ by this much before it is told as a caution.
_CLOSE = 0.01


@dataclass(frozen=True)
class PlannedVariant:
    """A variant ready to run under any seed; ``note`` says what was adapted, "" for nothing."""

    name: str
    changes: Mapping[str, Any]
    spec: TrainSpec
    num_parameters: int
    note: str = ""


@dataclass(frozen=True, eq=False)
class PlannedRun:
    """One run: a variant under a seed."""

    variant: str
    seed: int
    spec: dict[str, Any]

    @property
    def title(self) -> str:
        """As the run is called."""
        return f"{self.variant}, seed {self.seed}"


def plan_variants(
    run: Mapping[str, Any],
    variants: Sequence[Variant],
    match: Match,
    *,
    vocab_size: int = 0,
) -> list[PlannedVariant]:
    """The variants of a run's settings; SpecError names the variant of every problem.

    ``vocab_size`` is that of the tokens, where the model leaves it open.
    """
    _check_names(variants)
    base = _prepared(run)
    problems: list[Problem] = []
    specs: list[TrainSpec] = []
    for variant in variants:
        try:
            specs.append(TrainSpec.parse(_changed(base, variant.changes)))
        except SpecError as error:
            problems += [_at(variant, problem) for problem in error.problems]
    if problems:
        raise SpecError(problems)
    planned = [
        PlannedVariant(variant.name, variant.changes, spec, _count(spec.model, vocab_size))
        for variant, spec in zip(variants, specs, strict=True)
    ]
    if match != Match.PARAMETERS or any(one.spec.base for one in planned):
        return [planned[0], *(_told_width(one, planned[0]) for one in planned[1:])]
    return [planned[0], *(_matched(one, planned[0], vocab_size) for one in planned[1:])]


def runs_of(planned: Sequence[PlannedVariant], num_seeds: int) -> list[PlannedRun]:
    """All runs, seed by seed, so that every variant has a run when the first ones have ended."""
    first = planned[0].spec.seed
    return [
        PlannedRun(one.name, seed, {**one.spec.to_dict(), "seed": seed})
        for seed in range(first, first + num_seeds)
        for one in planned
    ]


def _check_names(variants: Sequence[Variant]) -> None:
    names = [one.name for one in variants]
    problems = []
    if len(names) < 2:
        message = "there is nothing to compare"
        problems.append(
            Problem("variants", message, got=str(len(names)), expected="two or more variants")
        )
    for number, name in enumerate(names):
        if name in names[:number]:
            hint = "Give each variant a name of its own."
            problems.append(
                Problem(f"variants.{number}.name", "is there twice", got=name, hint=hint)
            )
    if problems:
        raise SpecError(problems)


def _prepared(run: Mapping[str, Any]) -> dict[str, Any]:
    """The run's settings with validation, and without an early end."""
    base = copy.deepcopy(dict(run))
    steps = int(base.get("num_steps") or TrainSpec.model_fields["num_steps"].default)
    validation = dict(base.get("validation") or {})
    if not validation.get("every_steps"):
        validation["every_steps"] = max(1, steps // NUM_VALIDATIONS)
    base["validation"] = {**validation, "patience": 0}
    return base


def _changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    data = copy.deepcopy(dict(base))
    for path, value in changes.items():
        *parents, name = path.split(".")
        place = data
        for parent in parents:
            inner = place.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise SpecError([Problem(path, f"{parent} holds no further fields")])
            place = inner
        place[name] = value
    return data


def _at(variant: Variant, problem: Problem) -> Problem:
    message = f"{variant.name}: {problem.message}"
    return Problem(problem.field, message, problem.got, problem.expected, problem.hint)


def _count(model: ModelSpec, vocab_size: int) -> int:
    known = model.vocab_size or vocab_size or ASSUMED_VOCAB_SIZE
    return count_parameters(model.replace(vocab_size=known)).total


def _matched(one: PlannedVariant, base: PlannedVariant, vocab_size: int) -> PlannedVariant:
    """With the feed-forward width at which parameters are closest to the baseline's."""
    model = one.spec.model.resolve()
    at_step, at_two = (
        _count(model.replace(feedforward_width=width), vocab_size)
        for width in (_WIDTH_STEP, 2 * _WIDTH_STEP)
    )
    # linear in the width
    number = round((base.num_parameters - at_step) / (at_two - at_step)) + 1
    width = _WIDTH_STEP * max(1, number)
    spec = one.spec.replace(model=one.spec.model.replace(feedforward_width=width))
    made = replace(one, spec=spec, num_parameters=_count(spec.model, vocab_size))
    note = f"feed-forward {model.feedforward_width:,} → {width:,}, for equal parameters"
    if width == model.feedforward_width:
        note = ""
    return replace(made, note="; ".join(filter(None, [note, _apart(made, base)])))


def _told_width(one: PlannedVariant, base: PlannedVariant) -> PlannedVariant:
    return replace(one, note=_apart(one, base))


def _apart(one: PlannedVariant, base: PlannedVariant) -> str:
    """How far parameters are from the baseline's, where that is more than one per cent."""
    share = one.num_parameters / base.num_parameters - 1
    if abs(share) <= _CLOSE:
        return ""
    counts = f"{format_count(one.num_parameters)} against {format_count(base.num_parameters)}"
    return f"{100 * share:+.1f} % parameters ({counts})"
