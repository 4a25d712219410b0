"""Cleaning rules as the spec has them: one class each, in the order in which the funnel tells.

Defaults suit English prose. The cuts are those of Gopher (Rae 2021, A1) and FineWeb (Penedo 2024)
where they have them; the share of function words was set on web pages and articles (1 in 20 of
them has less). Every number here is a threshold on a stored signal: changing it reads no text.
Only a few rules are on by default; `training.specs.rule_presets` has whole sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from training.errors import Problem
from training.specs.base import Part, option
from training.specs.content_rules import LanguageRule, PersonalDataRule
from training.specs.duplicate_rules import ExactDuplicatesRule, NearDuplicatesRule
from training.specs.rule_parts import (
    OptionalRulePart,
    RulePart,
    range_problem,
    share_at_least,
    share_at_most,
)
from training.specs.score_rules import PerplexityRule


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


class DuplicateLinesRule(RulePart):
    """Menus and templates repeat their lines."""

    at_most: float = share_at_most(
        0.30, "Fraction of lines that repeat an earlier one.", (0.1, 0.5)
    )


class DuplicateLineCharactersRule(OptionalRulePart):
    """The same by length: one long line may come twice."""

    at_most: float = share_at_most(0.20, "Share of the text in repeated lines.", (0.01, 0.3))


class DuplicateParagraphsRule(OptionalRulePart):
    """Paragraphs pasted more than once."""

    at_most: float = share_at_most(0.30, "Fraction of paragraphs that repeat one.", (0.1, 0.5))


class DuplicateParagraphCharactersRule(OptionalRulePart):
    """The same by length."""

    at_most: float = share_at_most(0.20, "Share of the text in repeated paragraphs.", (0.05, 0.3))


class Top2gramsRule(OptionalRulePart):
    """One phrase of two words again and again."""

    at_most: float = share_at_most(
        0.20, "Share of the text in its most frequent run of two words.", (0.1, 0.3)
    )


class Top3gramsRule(OptionalRulePart):
    """One phrase of three words again and again."""

    at_most: float = share_at_most(
        0.18, "Share of the text in its most frequent run of three words.", (0.1, 0.3)
    )


class Top4gramsRule(OptionalRulePart):
    """One phrase of four words again and again."""

    at_most: float = share_at_most(
        0.16, "Share of the text in its most frequent run of four words.", (0.1, 0.3)
    )


class Repeated5gramsRule(RulePart):
    """Spam and generated text repeat phrases."""

    at_most: float = share_at_most(
        0.15, "Share of the text in repeated runs of five words.", (0.1, 0.3)
    )


class Repeated6gramsRule(OptionalRulePart):
    """Repeated runs of six words."""

    at_most: float = share_at_most(
        0.14, "Share of the text in repeated runs of six words.", (0.05, 0.3)
    )


class Repeated7gramsRule(OptionalRulePart):
    """Repeated runs of seven words."""

    at_most: float = share_at_most(
        0.13, "Share of the text in repeated runs of seven words.", (0.05, 0.3)
    )


class Repeated8gramsRule(OptionalRulePart):
    """Repeated runs of eight words."""

    at_most: float = share_at_most(
        0.12, "Share of the text in repeated runs of eight words.", (0.05, 0.3)
    )


class Repeated9gramsRule(OptionalRulePart):
    """Repeated runs of nine words."""

    at_most: float = share_at_most(
        0.11, "Share of the text in repeated runs of nine words.", (0.05, 0.3)
    )


class Repeated10gramsRule(OptionalRulePart):
    """Repeated runs of ten words."""

    at_most: float = share_at_most(
        0.10, "Share of the text in repeated runs of ten words.", (0.05, 0.3)
    )


def _rule(part: type[RulePart], title: str, help: str) -> Any:
    """A rule with its defaults; those that are off by default stand among the advanced ones."""
    group = "advanced" if issubclass(part, OptionalRulePart) else "basic"
    return option(factory=part, title=title, help=help, group=group)


class RulesPart(Part):
    """All rules, in the order in which the funnel tells of them."""

    word_count: WordCountRule = _rule(WordCountRule, "Length", "In words.")
    mean_word_length: MeanWordLengthRule = _rule(MeanWordLengthRule, "Word length", "On average.")
    alphabetic_words: AlphabeticWordsRule = _rule(
        AlphabeticWordsRule, "Words with letters", "Between white space."
    )
    stop_words: StopWordsRule = _rule(StopWordsRule, "Function words", "Whether it is prose.")
    distinct_stop_words: DistinctStopWordsRule = _rule(
        DistinctStopWordsRule, "Commonest words", "How many of them come at all."
    )
    symbols: SymbolsRule = _rule(SymbolsRule, "Symbols", "# signs and ellipses.")
    digits: DigitsRule = _rule(DigitsRule, "Digits", "Among the characters.")
    han: HanRule = _rule(HanRule, "Chinese", "Han characters.")
    bullet_lines: BulletLinesRule = _rule(BulletLinesRule, "Bullets", "At the beginning of lines.")
    ellipsis_lines: EllipsisLinesRule = _rule(EllipsisLinesRule, "Ellipses", "At the end of lines.")
    short_lines: ShortLinesRule = _rule(ShortLinesRule, "Short lines", "At most 30 characters.")
    line_length: LineLengthRule = _rule(LineLengthRule, "Line length", "On average.")
    ended_lines: EndedLinesRule = _rule(EndedLinesRule, "Line ends", "Full stops and the like.")
    newlines: NewlinesRule = _rule(NewlinesRule, "Line breaks", "Per word.")
    duplicate_lines: DuplicateLinesRule = _rule(
        DuplicateLinesRule, "Repeated lines", "Within a document."
    )
    duplicate_line_characters: DuplicateLineCharactersRule = _rule(
        DuplicateLineCharactersRule, "Repeated lines, by length", "Within a document."
    )
    duplicate_paragraphs: DuplicateParagraphsRule = _rule(
        DuplicateParagraphsRule, "Repeated paragraphs", "Within a document."
    )
    duplicate_paragraph_characters: DuplicateParagraphCharactersRule = _rule(
        DuplicateParagraphCharactersRule, "Repeated paragraphs, by length", "Within a document."
    )
    top_2grams: Top2gramsRule = _rule(Top2gramsRule, "Top phrase of 2 words", "Within a document.")
    top_3grams: Top3gramsRule = _rule(Top3gramsRule, "Top phrase of 3 words", "Within a document.")
    top_4grams: Top4gramsRule = _rule(Top4gramsRule, "Top phrase of 4 words", "Within a document.")
    repeated_5grams: Repeated5gramsRule = _rule(
        Repeated5gramsRule, "Repeated phrases", "Of 5 words, within a document."
    )
    repeated_6grams: Repeated6gramsRule = _rule(
        Repeated6gramsRule, "Repeated phrases of 6 words", "Within a document."
    )
    repeated_7grams: Repeated7gramsRule = _rule(
        Repeated7gramsRule, "Repeated phrases of 7 words", "Within a document."
    )
    repeated_8grams: Repeated8gramsRule = _rule(
        Repeated8gramsRule, "Repeated phrases of 8 words", "Within a document."
    )
    repeated_9grams: Repeated9gramsRule = _rule(
        Repeated9gramsRule, "Repeated phrases of 9 words", "Within a document."
    )
    repeated_10grams: Repeated10gramsRule = _rule(
        Repeated10gramsRule, "Repeated phrases of 10 words", "Within a document."
    )
    language: LanguageRule = _rule(LanguageRule, "Language", "And how sure it is.")
    personal_data: PersonalDataRule = _rule(
        PersonalDataRule, "Personal data", "Addresses, telephone numbers, cards, keys."
    )
    perplexity: PerplexityRule = _rule(
        PerplexityRule, "Perplexity", "Under an n-gram model of trusted text."
    )
    exact_duplicates: ExactDuplicatesRule = _rule(
        ExactDuplicatesRule, "Exact duplicates", "Between documents."
    )
    near_duplicates: NearDuplicatesRule = _rule(
        NearDuplicatesRule, "Near duplicates", "Between documents; found by MinHash."
    )
