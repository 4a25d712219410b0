"""What the verbs ``ablation`` and ``verdict`` are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from training.errors import Problem
from training.planning.machine import num_cores
from training.registry.experiments import EXPERIMENTS
from training.specs.base import Part, Spec, option

_CUSTOM = "own"
_MAX_LENGTH = 16


class Match(StrEnum):
    """What is held equal beside data and steps."""

    AUTO = "auto"
    WIDTH = "width"
    PARAMETERS = "parameters"


class VariantPart(Part):
    """One way of running it."""

    name: str = option(
        title="Name", help="As it stands in the verdict.", min_length=1, max_length=60
    )
    changes: dict[str, Any] = option(
        factory=dict,
        title="Changes",
        help="Fields of the run and their values, {model.norm: layernorm}; none is the run itself.",
    )


class AblationSpec(Spec):
    """Write the settings of runs that differ in one thing, and the verdict's."""

    verb = "ablation"
    path_fields = ("run",)

    run: str = option(
        title="Run",
        help="Folder of a train job, its output, or a YAML file with the settings of one.",
        min_length=1,
    )
    experiment: str = option(
        _CUSTOM,
        title="Question",
        help="A question that is asked often, or own: the variants below.",
        choices=(_CUSTOM, *EXPERIMENTS),
    )
    variants: list[VariantPart] = option(
        factory=list,
        title="Variants",
        help="Of a question of your own; the first is the baseline.",
        max_length=8,
        shown_if=("experiment", _CUSTOM),
    )
    match: Match = option(
        Match.AUTO,
        title="Equal",
        help="width: the change is all there is; parameters: the feed-forward width gives way "
        "until both have as many; auto takes the question's own.",
    )
    num_seeds: int = option(
        3,
        title="Seeds",
        help="Runs of each variant; the seed decides weights, order of the text and dropout. One "
        "seed has no noise band.",
        recommended=(3, 10),
        ge=1,
        le=20,
    )
    benchmark: str = option(
        "",
        title="Benchmark",
        help="Output folder of a benchmark job: every model is then put to it, with five examples.",
        artifact="benchmark",
    )
    num_steps: int = option(
        0,
        title="Steps",
        help="Of every run; 0 takes the run's.",
        unit="steps",
        ge=0,
        le=100_000_000,
    )

    def problems(self) -> Iterator[Problem]:
        """A question of one's own needs variants, another has its own."""
        is_own = self.experiment == _CUSTOM
        if is_own and len(self.variants) < 2:
            yield Problem(
                "variants",
                "there is nothing to compare",
                got=f"{len(self.variants)}",
                expected="two or more, or another question",
                hint="Name the run itself ({}) and a change.",
            )
        if not is_own and self.variants:
            yield Problem(
                "variants",
                f"the question {self.experiment} has its own",
                got=f"{len(self.variants)} more",
                hint=f"Leave them out, or ask {_CUSTOM}.",
            )


class JudgedRunPart(Part):
    """One run of a verdict."""

    variant: str = option(title="Variant", help="What was changed.", min_length=1, max_length=60)
    seed: int = option(0, title="Seed", help="Runs of one seed are compared.", ge=0, le=2**31 - 1)
    path: str = option(title="Run", help="Folder of a train job, or its output.", min_length=1)
    evaluation: str = option(
        "", title="Evaluation", help="Output folder of an evaluate job of this run's model."
    )


class VerdictSpec(Spec):
    """Judge runs that differ in one thing by the numbers in their folders."""

    verb = "verdict"

    question: str = option("", title="Question", help="What is asked.", max_length=300)
    runs: list[JudgedRunPart] = option(
        title="Runs",
        help="At least one of each variant; the first one's variant is the baseline.",
        min_length=2,
        max_length=160,
    )
    lengths: list[int] = option(
        factory=list,
        title="Lengths",
        help="Also read the held-out text in windows of so many times the context: 1, 2, 4.",
        max_length=6,
    )
    num_threads: int = option(
        0, title="Threads", help="For lengths; 0 takes the cores.", ge=0, le=1024, group="advanced"
    )

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Folders of runs and of evaluations."""
        data = super().with_moved_inputs(data, move)
        rows = data.get("runs")
        if not isinstance(rows, list):
            return data
        return {**data, "runs": [_moved(row, move) for row in rows]}

    def problems(self) -> Iterator[Problem]:
        """Two variants, each seed of one once, lengths that are multiples."""
        if len({one.variant for one in self.runs}) < 2:
            got = self.runs[0].variant
            yield Problem("runs", "there is one variant alone", got=got, expected="two or more")
        seen: set[tuple[str, int]] = set()
        for number, one in enumerate(self.runs):
            if (one.variant, one.seed) in seen:
                got = f"{one.variant}, seed {one.seed}"
                yield Problem(f"runs.{number}.seed", "is there twice", got=got, hint="Remove one.")
            seen.add((one.variant, one.seed))
        wrong = [length for length in self.lengths if not 1 <= length <= _MAX_LENGTH]
        if wrong or len(set(self.lengths)) < len(self.lengths):
            yield Problem(
                "lengths",
                "are whole multiples of the context, each once",
                got=", ".join(map(str, self.lengths)),
                expected=f"numbers from 1 to {_MAX_LENGTH}",
                fix=(("lengths", [1, 2, 4]),),
            )

    def resolve(self) -> VerdictSpec:
        """Set the number of threads."""
        return self.replace(num_threads=self.num_threads or num_cores())


def _moved(row: object, move: Callable[[str], str]) -> object:
    if not isinstance(row, dict):
        return row
    names = ("path", "evaluation")
    moved = {
        name: move(row[name]) for name in names if isinstance(row.get(name), str) and row[name]
    }
    return {**row, **moved}
