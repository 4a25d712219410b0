"""Rules on words and characters."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import option
from training.specs.rule_parts import (
    OptionalRulePart,
    RulePart,
    range_problem,
    share_at_least,
    share_at_most,
)


class WordCountRule(RulePart):
    """Documents too short to teach anything, or too long to be one."""

    at_least: int = option(
        50, title="At least", help="Fewer words are dropped.", unit="words", ge=0
    )
    at_most: int = option(
        100_000, title="At most", help="More words are dropped.", unit="words", ge=1
    )

    def problems(self) -> Iterator[Problem]:
        """The range must not be empty."""
        yield from range_problem(self.at_least, self.at_most)


class MeanWordLengthRule(OptionalRulePart):
    """Very short or long words are codes, tables or words run together."""

    at_least: float = option(
        3, title="At least", help="Shorter words on average are dropped.", unit="characters", ge=0,
        recommended=(1, 4),
    )  # fmt: skip
    at_most: float = option(
        10, title="At most", help="Longer words on average are dropped.", unit="characters", ge=0,
        recommended=(5, 15),
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """The range must not be empty."""
        yield from range_problem(self.at_least, self.at_most)


class AlphabeticWordsRule(OptionalRulePart):
    """Tables and logs have many words without a letter."""

    at_least: float = share_at_least(
        0.80, "Fraction of words (between white space) with at least one letter.", (0.5, 0.9)
    )


class StopWordsRule(RulePart):
    """Lists, tables and debris have few function words."""

    at_least: float = share_at_least(0.15, "Share of words that are function words.", (0.05, 0.3))


class DistinctStopWordsRule(OptionalRulePart):
    """Prose has at least some of the commonest words (Gopher)."""

    at_least: int = option(
        2, title="At least", unit="words", ge=0, le=8, recommended=(1, 4),
        help="How many of the, be, to, of, and, that, have, with (or of 20 Chinese characters).",
    )  # fmt: skip


class SymbolsRule(OptionalRulePart):
    """Hash tags and cut-off teasers."""

    at_most: float = share_at_most(0.10, "# signs and ellipses per word.", (0.02, 0.3))


class DigitsRule(OptionalRulePart):
    """Number tables."""

    at_most: float = share_at_most(0.15, "Share of the characters that are digits.", (0.05, 0.4))


class HanRule(OptionalRulePart):
    """Documents that are not, or hardly, Chinese."""

    at_least: float = share_at_least(0.50, "Share of the characters that are Han.", (0.2, 0.8))


class LongestWordRule(OptionalRulePart):
    """Minified programs, encoded data (C4: 1,000)."""

    at_most: int = option(
        1_000, title="At most", unit="characters", ge=1, recommended=(100, 10_000),
        help="A longer word, by white space, drops the document.",
    )  # fmt: skip


class UniqueWordsRule(OptionalRulePart):
    """The same few words all the time. Long documents have a lower share by nature."""

    at_least: float = share_at_least(0.10, "Fraction of words that differ.", (0.02, 0.3))


class EntropyRule(OptionalRulePart):
    """A vocabulary so small or so uneven that nothing can be said with it."""

    at_least: float = option(
        3.0, title="At least", unit="nats", ge=0, recommended=(2, 5),
        help="Entropy of the frequencies of words; English prose of 1,000 words has about 5.5.",
    )  # fmt: skip


class SentencesRule(OptionalRulePart):
    """Titles, menus, captions (C4: 5)."""

    at_least: int = option(
        5, title="At least", unit="sentences", ge=0, recommended=(2, 10),
        help="Fewer sentences are dropped.",
    )  # fmt: skip
