"""Cleaning rules as the spec has them: one class each, in the order in which the funnel tells.

Defaults suit English prose. The cuts are those of Gopher (Rae 2021, A1) and FineWeb (Penedo 2024)
where they have them; the share of function words was set on web pages and articles (1 in 20 of
them has less). Every number here is a threshold on a stored signal: changing it reads no text.
Only a few rules are on by default; `training.specs.rule_presets` has whole sets.
"""

from __future__ import annotations

from typing import Any

from training.specs.base import Part, option
from training.specs.classifier_rules import QualityRule, SafetyRule
from training.specs.contamination_rules import ContaminationRule
from training.specs.content_rules import LanguageRule, PersonalDataRule
from training.specs.duplicate_rules import ExactDuplicatesRule, NearDuplicatesRule
from training.specs.line_rules import (
    BulletLinesRule,
    EllipsisLinesRule,
    EndedLinesRule,
    LineLengthRule,
    NewlinesRule,
    ShortLinesRule,
)
from training.specs.repetition_rules import (
    DuplicateLineCharactersRule,
    DuplicateLinesRule,
    DuplicateParagraphCharactersRule,
    DuplicateParagraphsRule,
    Repeated5gramsRule,
    Repeated6gramsRule,
    Repeated7gramsRule,
    Repeated8gramsRule,
    Repeated9gramsRule,
    Repeated10gramsRule,
    RepetitionRule,
    Top2gramsRule,
    Top3gramsRule,
    Top4gramsRule,
)
from training.specs.rule_parts import OptionalRulePart, RulePart
from training.specs.score_rules import PerplexityRule
from training.specs.word_rules import (
    AlphabeticWordsRule,
    DigitsRule,
    DistinctStopWordsRule,
    HanRule,
    MeanWordLengthRule,
    StopWordsRule,
    SymbolsRule,
    WordCountRule,
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
    repetition: RepetitionRule = _rule(
        RepetitionRule, "Repetition rate", "Runs of five words, within a document."
    )
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
    quality: QualityRule = _rule(QualityRule, "Quality", "As a classifier scores it.")
    safety: SafetyRule = _rule(SafetyRule, "Safety", "A list of words, a model, or both.")
    contamination: ContaminationRule = _rule(
        ContaminationRule, "Contamination", "Items of evaluation sets in documents."
    )
    exact_duplicates: ExactDuplicatesRule = _rule(
        ExactDuplicatesRule, "Exact duplicates", "Between documents."
    )
    near_duplicates: NearDuplicatesRule = _rule(
        NearDuplicatesRule, "Near duplicates", "Between documents; found by MinHash."
    )
