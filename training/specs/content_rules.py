"""Rules on what a text holds: personal data, a language."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.registry import PII_KINDS, suggestion
from training.specs.base import option
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
    for place, kind in enumerate(kinds):
        if kind not in PII_KINDS:
            yield Problem(
                f"{field}.{place}",
                "there is no such kind of personal data",
                got=kind,
                expected=", ".join(PII_KINDS),
                hint=suggestion(kind, [*PII_KINDS]),
            )
