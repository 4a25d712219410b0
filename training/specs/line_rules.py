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


class LineCountRule(OptionalRulePart):
    """Files too short to be a program, or too long to be written by hand (NeMo Curator)."""

    at_least: int = option(
        10, title="At least", unit="lines", ge=0, help="Fewer lines, blank ones apart, are dropped."
    )
    at_most: int = option(
        20_000, title="At most", unit="lines", ge=1, help="More lines are dropped."
    )

    def problems(self) -> Iterator[Problem]:
        """The range must not be empty."""
        yield from range_problem(self.at_least, self.at_most)


class LongestLineRule(OptionalRulePart):
    """Data and minified programs (The Stack: 1,000)."""

    at_most: int = option(
        1_000, title="At most", unit="characters", ge=1, recommended=(200, 10_000),
        help="A longer line drops the document.",
    )  # fmt: skip


class LongLinesRule(OptionalRulePart):
    """Pages without three paragraphs of prose (mC4: 200 characters)."""

    at_least: int = option(
        200, title="At least", unit="characters", ge=0, recommended=(50, 400),
        help="The third longest line must have so many.",
    )  # fmt: skip


class FewWordLinesRule(OptionalRulePart):
    """Menus and lists of words (C4 drops the lines)."""

    at_most: float = share_at_most(0.67, "Fraction of lines of one or two words.", (0.3, 0.9))


class UppercaseLinesRule(OptionalRulePart):
    """Headings without text, posters (RefinedWeb drops the lines)."""

    at_most: float = share_at_most(0.30, "Fraction of lines in capitals.", (0.1, 0.5))


class NumericLinesRule(OptionalRulePart):
    """Counters, tables of numbers (RefinedWeb drops the lines)."""

    at_most: float = share_at_most(0.30, "Fraction of lines of digits.", (0.1, 0.5))


class JavascriptLinesRule(OptionalRulePart):
    """Pages that ask for JavaScript instead of saying something (C4 drops the lines)."""

    at_most: float = share_at_most(0.20, "Fraction of lines that name JavaScript.", (0, 0.5))


class PolicyLinesRule(OptionalRulePart):
    """Notices of cookies and terms (C4 drops the lines, NeMo Curator above 40 %)."""

    at_most: float = share_at_most(
        0.40, "Fraction of lines about policies and cookies.", (0.05, 0.5)
    )


class LoremIpsumRule(OptionalRulePart):
    """Text that only fills a layout (C4 allows none)."""

    at_most: int = option(
        0, title="At most", unit="times", ge=0, recommended=(0, 2),
        help="How often lorem ipsum may come.",
    )  # fmt: skip


class UrlsRule(OptionalRulePart):
    """Lists of links (NeMo Curator: 20 %)."""

    at_most: float = share_at_most(0.20, "Share of the text in URLs.", (0.05, 0.3))
