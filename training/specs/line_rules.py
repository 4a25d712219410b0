"""Rules on lines."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import option
from training.specs.rule_parts import (
    OptionalRulePart,
    range_problem,
    share_at_least,
    share_at_most,
)


class BulletLinesRule(OptionalRulePart):
    """Documents that are one long list."""

    at_most: float = share_at_most(0.90, "Fraction of lines that begin with a bullet.", (0.5, 0.95))


class EllipsisLinesRule(OptionalRulePart):
    """Lists of teasers: every line is cut off."""

    at_most: float = share_at_most(0.30, "Fraction of lines that end with an ellipsis.", (0.1, 0.5))


class ShortLinesRule(OptionalRulePart):
    """Menus, tables and lists (FineWeb)."""

    at_most: float = share_at_most(0.67, "Fraction of lines of at most 30 characters.", (0.5, 0.9))


class LineLengthRule(OptionalRulePart):
    """Columns of words, or a text without a line break."""

    at_least: float = option(
        10, title="At least", unit="characters", ge=0, recommended=(5, 40),
        help="Shorter lines on average are dropped.",
    )  # fmt: skip
    at_most: float = option(
        1_000_000, title="At most", unit="characters", ge=1,
        help="Longer lines on average are dropped.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """The range must not be empty."""
        yield from range_problem(self.at_least, self.at_most)


class EndedLinesRule(OptionalRulePart):
    """Prose ends its lines with a full stop; menus do not (FineWeb)."""

    at_least: float = share_at_least(
        0.12, "Fraction of lines that end with a full stop or the like.", (0.05, 0.3)
    )


class NewlinesRule(OptionalRulePart):
    """Lists have a line break after every few words (FineWeb)."""

    at_most: float = share_at_most(0.30, "Line breaks per word.", (0.1, 0.5))
