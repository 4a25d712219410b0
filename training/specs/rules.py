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

#: Bands times rows of the near-duplicate search.
MOST_HASHES = 2_048

_ON = "Off keeps the signal and drops nothing by it."


class RulePart(Part):
    """What every rule has."""

    is_on: bool = option(True, title="On", help=_ON)


class OptionalRulePart(RulePart):
    """A rule that is off until somebody, or a preset, switches it on."""

    is_on: bool = option(False, title="On", help=_ON)


def _at_most(default: float, help: str, recommended: tuple[float, float]) -> Any:
    """A share above which documents are dropped."""
    return option(default, title="At most", help=help, ge=0, le=1, recommended=recommended)


def _at_least(default: float, help: str, recommended: tuple[float, float]) -> Any:
    """A share below which documents are dropped."""
    return option(default, title="At least", help=help, ge=0, le=1, recommended=recommended)


def _range_problem(low: float, high: float) -> Iterator[Problem]:
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
        yield from _range_problem(self.at_least, self.at_most)


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
        yield from _range_problem(self.at_least, self.at_most)


class AlphabeticWordsRule(OptionalRulePart):
    """Tables and logs have many words without a letter."""

    at_least: float = _at_least(
        0.80, "Fraction of words (between white space) with at least one letter.", (0.5, 0.9)
    )


class StopWordsRule(RulePart):
    """Lists, tables and debris have few function words."""

    at_least: float = _at_least(0.15, "Share of words that are function words.", (0.05, 0.3))


class DistinctStopWordsRule(OptionalRulePart):
    """Prose has at least some of the commonest words (Gopher)."""

    at_least: int = option(
        2, title="At least", unit="words", ge=0, le=8, recommended=(1, 4),
        help="How many of the, be, to, of, and, that, have, with (or of 20 Chinese characters).",
    )  # fmt: skip


class SymbolsRule(OptionalRulePart):
    """Hash tags and cut-off teasers."""

    at_most: float = _at_most(0.10, "# signs and ellipses per word.", (0.02, 0.3))


class DigitsRule(OptionalRulePart):
    """Number tables."""

    at_most: float = _at_most(0.15, "Share of the characters that are digits.", (0.05, 0.4))


class HanRule(OptionalRulePart):
    """Documents that are not, or hardly, Chinese."""

    at_least: float = _at_least(0.50, "Share of the characters that are Han.", (0.2, 0.8))


class BulletLinesRule(OptionalRulePart):
    """Documents that are one long list."""

    at_most: float = _at_most(0.90, "Fraction of lines that begin with a bullet.", (0.5, 0.95))


class EllipsisLinesRule(OptionalRulePart):
    """Lists of teasers: every line is cut off."""

    at_most: float = _at_most(0.30, "Fraction of lines that end with an ellipsis.", (0.1, 0.5))


class ShortLinesRule(OptionalRulePart):
    """Menus, tables and lists (FineWeb)."""

    at_most: float = _at_most(0.67, "Fraction of lines of at most 30 characters.", (0.5, 0.9))


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
        yield from _range_problem(self.at_least, self.at_most)


class EndedLinesRule(OptionalRulePart):
    """Prose ends its lines with a full stop; menus do not (FineWeb)."""

    at_least: float = _at_least(
        0.12, "Fraction of lines that end with a full stop or the like.", (0.05, 0.3)
    )


class NewlinesRule(OptionalRulePart):
    """Lists have a line break after every few words (FineWeb)."""

    at_most: float = _at_most(0.30, "Line breaks per word.", (0.1, 0.5))


class DuplicateLinesRule(RulePart):
    """Menus and templates repeat their lines."""

    at_most: float = _at_most(0.30, "Fraction of lines that repeat an earlier one.", (0.1, 0.5))


class DuplicateLineCharactersRule(OptionalRulePart):
    """The same by length: one long line may come twice."""

    at_most: float = _at_most(0.20, "Share of the text in repeated lines.", (0.01, 0.3))


class DuplicateParagraphsRule(OptionalRulePart):
    """Paragraphs pasted more than once."""

    at_most: float = _at_most(0.30, "Fraction of paragraphs that repeat one.", (0.1, 0.5))


class DuplicateParagraphCharactersRule(OptionalRulePart):
    """The same by length."""

    at_most: float = _at_most(0.20, "Share of the text in repeated paragraphs.", (0.05, 0.3))


class Top2gramsRule(OptionalRulePart):
    """One phrase of two words again and again."""

    at_most: float = _at_most(
        0.20, "Share of the text in its most frequent run of two words.", (0.1, 0.3)
    )


class Top3gramsRule(OptionalRulePart):
    """One phrase of three words again and again."""

    at_most: float = _at_most(
        0.18, "Share of the text in its most frequent run of three words.", (0.1, 0.3)
    )


class Top4gramsRule(OptionalRulePart):
    """One phrase of four words again and again."""

    at_most: float = _at_most(
        0.16, "Share of the text in its most frequent run of four words.", (0.1, 0.3)
    )


class Repeated5gramsRule(RulePart):
    """Spam and generated text repeat phrases."""

    at_most: float = _at_most(0.15, "Share of the text in repeated runs of five words.", (0.1, 0.3))


class Repeated6gramsRule(OptionalRulePart):
    """Repeated runs of six words."""

    at_most: float = _at_most(0.14, "Share of the text in repeated runs of six words.", (0.05, 0.3))


class Repeated7gramsRule(OptionalRulePart):
    """Repeated runs of seven words."""

    at_most: float = _at_most(
        0.13, "Share of the text in repeated runs of seven words.", (0.05, 0.3)
    )


class Repeated8gramsRule(OptionalRulePart):
    """Repeated runs of eight words."""

    at_most: float = _at_most(
        0.12, "Share of the text in repeated runs of eight words.", (0.05, 0.3)
    )


class Repeated9gramsRule(OptionalRulePart):
    """Repeated runs of nine words."""

    at_most: float = _at_most(
        0.11, "Share of the text in repeated runs of nine words.", (0.05, 0.3)
    )


class Repeated10gramsRule(OptionalRulePart):
    """Repeated runs of ten words."""

    at_most: float = _at_most(0.10, "Share of the text in repeated runs of ten words.", (0.05, 0.3))


class KeptCopyRule(RulePart):
    """Of several documents one is kept: by source, then the longer, then the smaller id."""

    source_order: list[str] = option(
        factory=list,
        title="Sources, best first",
        help="Whose copy is kept; sources not named come after these, in order of name.",
        group="advanced",
    )


class ExactDuplicatesRule(KeptCopyRule):
    """Of equal texts one is kept: by source, then the longer, then the smaller id."""


class NearSearchPart(Part):
    """How near duplicates are found: candidates by MinHash, each pair of them checked exactly."""

    jaccard: float = option(
        0.7, title="Jaccard at least", gt=0, le=1, recommended=(0.6, 0.9),
        help="Shared shingles over all shingles of two texts. Searches anew: this re-runs.",
    )  # fmt: skip
    shingle_words: int = option(
        5, title="Words of a shingle", unit="words", ge=1, le=50, recommended=(3, 13),
        help="A run of so many words; each Chinese character is a word. This re-runs.",
        group="advanced",
    )  # fmt: skip
    bands: int = option(
        22, title="Bands", ge=1, le=256, recommended=(6, 64), group="advanced",
        help="More bands miss fewer pairs and compare more. This re-runs.",
    )  # fmt: skip
    rows: int = option(
        5, title="Hashes of a band", ge=1, le=64, recommended=(2, 13), group="advanced",
        help="More hashes of a band compare fewer pairs and miss more. This re-runs.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """The memory of a signature has an end."""
        if self.bands * self.rows > MOST_HASHES:
            yield Problem(
                "rows",
                "there are too many hashes",
                got=f"{self.bands} x {self.rows} = {self.bands * self.rows:,}",
                expected=f"at most {MOST_HASHES:,} in all",
                hint="Take fewer bands or fewer hashes of a band.",
                fix=(("rows", max(1, MOST_HASHES // self.bands)),),
            )


class NearDuplicatesRule(NearSearchPart, KeptCopyRule):
    """Of nearly equal texts one is kept: by source, then the longer, then the smaller id.

    Texts are near duplicates when their sets of shingles (runs of words) have at least the stated
    Jaccard: shared over all.
    """

    is_on: bool = option(False, title="On", help=_ON)


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
    exact_duplicates: ExactDuplicatesRule = _rule(
        ExactDuplicatesRule, "Exact duplicates", "Between documents."
    )
    near_duplicates: NearDuplicatesRule = _rule(
        NearDuplicatesRule, "Near duplicates", "Between documents; found by MinHash."
    )
