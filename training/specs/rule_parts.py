"""What the parts of a spec that stand for cleaning rules are made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from training.errors import Problem
from training.specs.base import Part, option

IS_ON_HELP = "Off keeps the signal and drops nothing by it."


class RulePart(Part):
    """What every rule has."""

    is_on: bool = option(True, title="On", help=IS_ON_HELP)


class OptionalRulePart(RulePart):
    """A rule that is off until somebody, or a preset, switches it on."""

    is_on: bool = option(False, title="On", help=IS_ON_HELP)


def share_at_most(default: float, help: str, recommended: tuple[float, float]) -> Any:
    """A share above which documents are dropped."""
    return option(default, title="At most", help=help, ge=0, le=1, recommended=recommended)


def share_at_least(default: float, help: str, recommended: tuple[float, float]) -> Any:
    """A share below which documents are dropped."""
    return option(default, title="At least", help=help, ge=0, le=1, recommended=recommended)


def range_problem(low: float, high: float) -> Iterator[Problem]:
    """The range of what is kept must not be empty."""
    if low > high:
        yield Problem(
            "at_least",
            "no document has so many and so few",
            got=f"{low:g} to {high:g}",
            expected=f"at most {high:g}",
            hint="Swap the two limits.",
            fix=(("at_least", high), ("at_most", low)),
        )
