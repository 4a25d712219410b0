"""What the verb ``clean`` is asked: which documents, and which rules with which thresholds.

Defaults suit English prose. The cuts are those of Gopher (Rae 2021, A1) where it has them; the
share of function words was set on web pages and articles (1 in 20 of them has less). Scripts
without spaces are counted by character: ``PRESETS["chinese"]``.
"""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.planning.machine import num_cores
from training.specs.base import Part, Spec, option


class RulePart(Part):
    """What every rule has."""

    is_on: bool = option(True, title="On", help="Off keeps the signal and drops nothing by it.")


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
        if self.at_least > self.at_most:
            yield Problem(
                "at_least",
                "no document has so many words and so few",
                got=f"{self.at_least} to {self.at_most}",
                expected=f"at most {self.at_most}",
                hint="Swap the two limits.",
            )


class StopWordsRule(RulePart):
    """Lists, tables and debris have few function words."""

    at_least: float = option(
        0.15, title="At least", help="Share of words that are function words.", ge=0, le=1,
        recommended=(0.05, 0.3),
    )  # fmt: skip


class DuplicateLinesRule(RulePart):
    """Menus and templates repeat their lines."""

    at_most: float = option(
        0.30, title="At most", help="Fraction of lines that repeat an earlier one.", ge=0, le=1,
        recommended=(0.1, 0.5),
    )  # fmt: skip


class Repeated5gramsRule(RulePart):
    """Spam and generated text repeat phrases."""

    at_most: float = option(
        0.15, title="At most", help="Share of the text in repeated runs of five words.", ge=0, le=1,
        recommended=(0.1, 0.3),
    )  # fmt: skip


class ExactDuplicatesRule(RulePart):
    """Of equal texts one is kept: by source, then the longer, then the smaller id."""

    source_order: list[str] = option(
        factory=list,
        title="Sources, best first",
        help="Whose copy is kept; sources not named come after these, in order of name.",
        group="advanced",
    )


class RulesPart(Part):
    """All rules, in the order in which the funnel tells of them."""

    word_count: WordCountRule = option(factory=WordCountRule, title="Length", help="In words.")
    stop_words: StopWordsRule = option(
        factory=StopWordsRule, title="Function words", help="Whether it is prose."
    )
    duplicate_lines: DuplicateLinesRule = option(
        factory=DuplicateLinesRule, title="Repeated lines", help="Within a document."
    )
    repeated_5grams: Repeated5gramsRule = option(
        factory=Repeated5gramsRule, title="Repeated phrases", help="Within a document."
    )
    exact_duplicates: ExactDuplicatesRule = option(
        factory=ExactDuplicatesRule, title="Exact duplicates", help="Between documents."
    )


PRESETS: dict[str, RulesPart] = {
    "english": RulesPart(),
    # Characters are words: a sentence has more of them, and phrases of five repeat sooner.
    "chinese": RulesPart(
        word_count=WordCountRule(at_least=80, at_most=200_000),
        stop_words=StopWordsRule(at_least=0.06),
        repeated_5grams=Repeated5gramsRule(at_most=0.20),
    ),
    "off": RulesPart(
        word_count=WordCountRule(is_on=False),
        stop_words=StopWordsRule(is_on=False),
        duplicate_lines=DuplicateLinesRule(is_on=False),
        repeated_5grams=Repeated5gramsRule(is_on=False),
        exact_duplicates=ExactDuplicatesRule(is_on=False),
    ),
}


class CleanSpec(Spec):
    """Signals are computed once; rules choose documents by them. No text is copied."""

    verb = "clean"

    documents: str = option(
        title="Documents", help="Folder of documents.", artifact="documents", min_length=1
    )
    rules: RulesPart = option(factory=RulesPart, title="Rules", help="Which documents are kept.")
    num_workers: int = option(
        0,
        title="Workers",
        help="Shards read at the same time; 0 takes the cores.",
        ge=0,
        le=256,
        group="advanced",
    )

    def resolve(self) -> CleanSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or num_cores())
