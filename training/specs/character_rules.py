"""Rules on kinds of characters, and on words by their letters."""

from __future__ import annotations

from training.specs.rule_parts import OptionalRulePart, share_at_least, share_at_most


class AllCapsRule(OptionalRulePart):
    """Headlines, advertising, constants of programs."""

    at_most: float = share_at_most(0.30, "Fraction of words in capitals.", (0.05, 0.5))


class LettersRule(OptionalRulePart):
    """Numbers, tables and pictures written as text (StarCoder: 25 %)."""

    at_least: float = share_at_least(0.25, "Letters over all characters.", (0.2, 0.7))


class AlphanumericRule(OptionalRulePart):
    """Drawings of signs, data that is not text (The Stack: 25 %)."""

    at_least: float = share_at_least(0.25, "Letters and digits over all characters.", (0.2, 0.7))


class SpecialCharactersRule(OptionalRulePart):
    """Signs instead of words (Data-Juicer: 25 %)."""

    at_most: float = share_at_most(
        0.25, "Neither letters, digits nor white space, over what is not white space.", (0.1, 0.4)
    )


class WhiteSpaceRule(OptionalRulePart):
    """Tables and layout made of spaces (NeMo Curator: 25 %)."""

    at_most: float = share_at_most(0.25, "White space over all characters.", (0.2, 0.5))


class BracketsRule(OptionalRulePart):
    """Formulas, references, code (NeMo Curator: 10 %)."""

    at_most: float = share_at_most(0.10, "Brackets over all characters.", (0.02, 0.2))


class CurlyBracketsRule(OptionalRulePart):
    """Programs in pages of prose (C4 allows none)."""

    at_most: float = share_at_most(0.0, "{ and } over all characters.", (0, 0.03))
