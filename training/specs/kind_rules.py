"""Rules that tell kinds of text: programs, markup, dialogues."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import option
from training.specs.rule_parts import (
    OptionalRulePart,
    range_problem,
    share_at_least,
    share_at_most,
)


class CommentsRule(OptionalRulePart):
    """Programs without a comment, and files of nothing else (The Stack: 0.01 to 0.8)."""

    at_least: float = share_at_least(0.01, "Fraction of lines that are comments.", (0, 0.1))
    at_most: float = share_at_most(0.80, "Fraction of lines that are comments.", (0.5, 1))

    def problems(self) -> Iterator[Problem]:
        """The range must not be empty."""
        yield from range_problem(self.at_least, self.at_most)


class XmlHeaderRule(OptionalRulePart):
    """Markup under another name (StarCoder)."""

    at_most: int = option(
        0, title="At most", unit="declarations", ge=0, le=1,
        help="0 drops what begins with an XML declaration.",
    )  # fmt: skip


class SpeakerLinesRule(OptionalRulePart):
    """What is no dialogue: few lines begin with the name of a speaker."""

    at_least: float = share_at_least(0.50, "Fraction of lines with a speaker.", (0.2, 0.9))


class TurnsRule(OptionalRulePart):
    """Dialogues that end before they have begun."""

    at_least: int = option(
        4, title="At least", unit="turns", ge=0, recommended=(2, 20),
        help="Changes of the speaker, the first one included.",
    )  # fmt: skip


class SpeakersRule(OptionalRulePart):
    """Monologues, and lists that look like a talk of hundreds."""

    at_least: int = option(
        2, title="At least", unit="speakers", ge=0, le=64, help="Fewer are dropped.",
        recommended=(1, 3),
    )  # fmt: skip
    at_most: int = option(
        64, title="At most", unit="speakers", ge=1, le=64,
        help="More are dropped; more than 64 are not counted.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """The range must not be empty."""
        yield from range_problem(self.at_least, self.at_most)
