"""Rules on what a document repeats: lines, paragraphs, phrases (Gopher, Rae 2021, table A1)."""

from __future__ import annotations

from training.specs.rule_parts import (
    OptionalRulePart,
    RulePart,
    share_at_most,
)


class RepetitionRule(RulePart):
    """Text that a loop has written: nearly every run of five words stood there before."""

    at_most: float = share_at_most(
        0.80, "Repetition rate: 1 - different runs of five words / all of them.", (0.3, 0.9)
    )


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
