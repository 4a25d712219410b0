"""Cleaning rules as the spec has them: one class each, in the order in which the funnel tells.

Defaults suit English prose. The cuts are those of Gopher (Rae 2021, A1) and FineWeb (Penedo 2024)
where they have them; the share of function words was set on web pages and articles (1 in 20 of
them has less). Every number here is a threshold on a stored signal: changing it reads no text.
Only a few rules are on by default; `training.specs.rule_presets` has whole sets.
"""

from __future__ import annotations

from typing import Any

from training.specs.base import Part, option
from training.specs.character_rules import (
    AllCapsRule,
    AlphanumericRule,
    BracketsRule,
    CurlyBracketsRule,
    LettersRule,
    SpecialCharactersRule,
    WhiteSpaceRule,
)
from training.specs.classifier_rules import QualityRule, SafetyRule
from training.specs.contamination_rules import ContaminationRule
from training.specs.content_rules import LanguageRule, PersonalDataRule
from training.specs.duplicate_rules import ExactDuplicatesRule, NearDuplicatesRule
from training.specs.kind_rules import (
    CommentsRule,
    SpeakerLinesRule,
    SpeakersRule,
    TurnsRule,
    XmlHeaderRule,
)
from training.specs.line_rules import (
    BulletLinesRule,
    EllipsisLinesRule,
    EndedLinesRule,
    FewWordLinesRule,
    JavascriptLinesRule,
    LineCountRule,
    LineLengthRule,
    LongestLineRule,
    LongLinesRule,
    LoremIpsumRule,
    NewlinesRule,
    NumericLinesRule,
    PolicyLinesRule,
    ShortLinesRule,
    UppercaseLinesRule,
    UrlsRule,
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
    EntropyRule,
    HanRule,
    LongestWordRule,
    MeanWordLengthRule,
    SentencesRule,
    StopWordsRule,
    SymbolsRule,
    UniqueWordsRule,
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
    unique_words: UniqueWordsRule = _rule(UniqueWordsRule, "Different words", "Of all words.")
    entropy: EntropyRule = _rule(EntropyRule, "Entropy", "Of the frequencies of words.")
    longest_word: LongestWordRule = _rule(LongestWordRule, "Longest word", "By white space.")
    sentences: SentencesRule = _rule(SentencesRule, "Sentences", "How many.")
    all_caps: AllCapsRule = _rule(AllCapsRule, "Capitals", "Words in capitals.")
    letters: LettersRule = _rule(LettersRule, "Letters", "Among all characters.")
    alphanumeric: AlphanumericRule = _rule(
        AlphanumericRule, "Letters and digits", "Among all characters."
    )
    special_characters: SpecialCharactersRule = _rule(
        SpecialCharactersRule, "Special characters", "Neither letters, digits nor white space."
    )
    white_space: WhiteSpaceRule = _rule(WhiteSpaceRule, "White space", "Among all characters.")
    brackets: BracketsRule = _rule(BracketsRule, "Brackets", "Of all kinds.")
    curly_brackets: CurlyBracketsRule = _rule(CurlyBracketsRule, "Curly brackets", "C4's rule.")
    symbols: SymbolsRule = _rule(SymbolsRule, "Symbols", "# signs and ellipses.")
    digits: DigitsRule = _rule(DigitsRule, "Digits", "Among the characters.")
    han: HanRule = _rule(HanRule, "Chinese", "Han characters.")
    bullet_lines: BulletLinesRule = _rule(BulletLinesRule, "Bullets", "At the beginning of lines.")
    ellipsis_lines: EllipsisLinesRule = _rule(EllipsisLinesRule, "Ellipses", "At the end of lines.")
    short_lines: ShortLinesRule = _rule(ShortLinesRule, "Short lines", "At most 30 characters.")
    line_length: LineLengthRule = _rule(LineLengthRule, "Line length", "On average.")
    ended_lines: EndedLinesRule = _rule(EndedLinesRule, "Line ends", "Full stops and the like.")
    newlines: NewlinesRule = _rule(NewlinesRule, "Line breaks", "Per word.")
    line_count: LineCountRule = _rule(LineCountRule, "Lines", "Blank ones apart.")
    longest_line: LongestLineRule = _rule(LongestLineRule, "Longest line", "In characters.")
    long_lines: LongLinesRule = _rule(LongLinesRule, "Long lines", "mC4's rule: three of them.")
    few_word_lines: FewWordLinesRule = _rule(
        FewWordLinesRule, "Lines of few words", "One or two words."
    )
    uppercase_lines: UppercaseLinesRule = _rule(
        UppercaseLinesRule, "Lines in capitals", "More than half of the characters."
    )
    numeric_lines: NumericLinesRule = _rule(
        NumericLinesRule, "Lines of digits", "More than half of the characters."
    )
    javascript_lines: JavascriptLinesRule = _rule(
        JavascriptLinesRule, "JavaScript", "Lines that name it."
    )
    policy_lines: PolicyLinesRule = _rule(
        PolicyLinesRule, "Policies and cookies", "Lines about them."
    )
    lorem_ipsum: LoremIpsumRule = _rule(LoremIpsumRule, "Lorem ipsum", "C4's rule.")
    urls: UrlsRule = _rule(UrlsRule, "Links", "By their length.")
    comments: CommentsRule = _rule(CommentsRule, "Comments", "Of programs.")
    xml_header: XmlHeaderRule = _rule(XmlHeaderRule, "XML", "By its declaration.")
    speaker_lines: SpeakerLinesRule = _rule(SpeakerLinesRule, "Dialogue", "Lines with a speaker.")
    turns: TurnsRule = _rule(TurnsRule, "Turns", "Of a dialogue.")
    speakers: SpeakersRule = _rule(SpeakersRule, "Speakers", "Of a dialogue.")
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
