"""Rules on what a text holds: personal data, a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from training.errors import Problem
from training.registry import PII_KINDS, suggestion
from training.specs.base import option
from training.specs.languages import LANGUAGES
from training.specs.rule_parts import OptionalRulePart


class PersonalDataRule(OptionalRulePart):
    """Lists of addresses and numbers of people; documents that give away keys or cards."""

    at_most: float = option(
        5, title="At most", unit="per 1,000 words", ge=0, recommended=(0.5, 50),
        help="E-mail addresses, telephone numbers, cards and the like, of all kinds.",
    )  # fmt: skip
    never: list[str] = option(
        factory=list, title="Never", group="advanced",
        help=f"Kinds of which one is too much: {', '.join(PII_KINDS)}.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """Every kind must be known."""
        yield from unknown_kinds("never", self.never)


def unknown_kinds(field: str, kinds: list[str]) -> Iterator[Problem]:
    """A problem for each name that is no kind of personal data."""
    for kind in kinds:
        if kind not in PII_KINDS:
            yield Problem(
                field,
                "there is no such kind of personal data",
                got=kind,
                expected=", ".join(PII_KINDS),
                hint=suggestion(kind, [*PII_KINDS]),
            )


class LanguageRule(OptionalRulePart):
    """Other languages, and texts of which the language is in doubt."""

    languages: list[str] = option(
        factory=lambda: ["en"], title="Languages", min_length=1,
        help="Codes of the languages that are kept: en, zh, de, fr and so on (ISO 639).",
    )  # fmt: skip
    at_least: float = option(
        0.65, title="Score at least", ge=0, le=1, recommended=(0.3, 0.9),
        help="Probability of the language; FineWeb takes 0.65, CCNet 0.5.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """Every language must be one that can be told apart."""
        yield from unknown_languages("languages", self.languages)


def unknown_languages(field: str, languages: Iterable[str]) -> Iterator[Problem]:
    """A problem for each code that is no language of the model."""
    for language in languages:
        if language not in LANGUAGES:
            yield Problem(
                field,
                "there is no such language",
                got=language,
                expected="codes such as en, zh, de, fr",
                hint=suggestion(language, [*LANGUAGES]),
            )
