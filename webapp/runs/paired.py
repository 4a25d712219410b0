"""Two compared runs on the same items of a benchmark: which is better, in a sentence.

The statistics are those of `training.benchmarks.paired`. Runs that were not asked the same items
in the same words are not compared so, and the reader is told why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from training.benchmarks.answers import Answers
from training.benchmarks.paired import Paired
from training.units import format_p_value, format_points, rounded_count
from webapp.evaluations.selectors import evaluation_info
from webapp.jobs.models import Artifact


class AnswerReader:
    """Answers in evaluations; each file is read once."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Answers | None]] = {}

    def answers(self, evaluation: Artifact, set_name: str) -> Answers | None:
        """None where the evaluation is gone, or keeps none."""
        key = str(evaluation.pk)
        if key not in self._known:
            told = (evaluation_info(evaluation) or {}).get("sets")
            sets = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
            self._known[key] = {str(one.get("set", "")): Answers.read(one) for one in sets}
        return self._known[key].get(set_name)


@dataclass(frozen=True)
class Answered:
    """One side: what the run is called, and its answers, None where none are kept."""

    name: str
    items: int
    answers: Answers | None


@dataclass(frozen=True)
class Comparison:
    """``paired`` is of ``run`` less ``against``, None where they cannot be paired."""

    run: Answered
    against: Answered
    paired: Paired | None

    @classmethod
    def of(cls, run: Answered, against: Answered) -> Comparison:
        """Paired where both were asked the same."""
        first, second = run.answers, against.answers
        is_same = first is not None and second is not None and first.is_of_same_items(second)
        return cls(run, against, first.against(second) if is_same and first and second else None)

    @property
    def is_clear(self) -> bool:
        """Whether one is better."""
        return self.paired is not None and self.paired.is_clear

    @property
    def text(self) -> str:
        """For a reader: who is better by how much, or that it cannot be told, or why not."""
        if self.paired is None:
            return self._why_not()
        return _better(self, self.paired) if self.is_clear else _undecided(self, self.paired)

    def as_data(self) -> dict[str, Any]:
        """For the API; numbers are null where the two could not be paired."""
        paired = self.paired
        low, high = paired.interval() if paired else (None, None)
        return {
            "difference": paired.difference if paired else None,
            "low": low,
            "high": high,
            "p_value": paired.p_value if paired else None,
            "items": paired.num_items if paired else None,
            "items_needed": paired.items_needed if paired else None,
            "is_clear": self.is_clear,
            "text": self.text,
        }

    def _why_not(self) -> str:
        names = {"run": self.run.name, "other": self.against.name}
        for side in (self.run, self.against):
            if side.answers is None:
                return _(
                    "%(run)s and %(other)s are not compared item by item: what was measured of "
                    "%(side)s keeps no answers. Evaluate it again."
                ) % {**names, "side": side.name}
        if self.run.items != self.against.items:
            numbers = {"first": f"{self.run.items:,}", "second": f"{self.against.items:,}"}
            return _(
                "%(run)s and %(other)s are not compared item by item: they were asked %(first)s "
                "and %(second)s items, which are not the same."
            ) % {**names, **numbers}
        return (
            _(
                "%(run)s and %(other)s are not compared item by item: as many items were asked, "
                "but others, or in other words."
            )
            % names
        )


def _better(comparison: Comparison, paired: Paired) -> str:
    run, other = comparison.run.name, comparison.against.name
    low, high = paired.interval()
    if paired.difference < 0:
        run, other, low, high = other, run, -high, -low
    return _(
        "%(run)s is better than %(other)s by %(points)s points [%(low)s, %(high)s], %(p)s, over "
        "%(items)s items answered by both."
    ) % {
        "run": run, "other": other, "points": format_points(abs(paired.difference)),
        **_told(paired, low, high),
    }  # fmt: skip


def _undecided(comparison: Comparison, paired: Paired) -> str:
    low, high = paired.interval()
    values: Mapping[str, str] = {
        "run": comparison.run.name, "other": comparison.against.name,
        "points": format_points(paired.difference, signed=True), **_told(paired, low, high),
    }  # fmt: skip
    if not paired.num_discordant:
        return (
            _(
                "No difference between %(run)s and %(other)s can be told: both are right on the "
                "same ones of %(items)s items, difference 0 points [%(low)s, %(high)s]."
            )
            % values
        )
    told = _(
        "No difference between %(run)s and %(other)s can be told over %(items)s items answered by "
        "both: %(points)s points [%(low)s, %(high)s], %(p)s."
    ) % values  # fmt: skip
    needed = paired.items_needed
    if needed is None or needed <= paired.num_items:
        return told
    return " ".join(
        [told, _("To show one of this size, about %(number)s items are needed.")
         % {"number": rounded_count(needed)}]
    )  # fmt: skip


def _told(paired: Paired, low: float, high: float) -> dict[str, str]:
    return {
        "low": format_points(low),
        "high": format_points(high),
        "p": format_p_value(paired.p_value),
        "items": f"{paired.num_items:,}",
    }
