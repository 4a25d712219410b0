"""How documents share the rows that a model is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, option


class Isolation(StrEnum):
    """Whether a token sees the document before its own in a packed row."""

    DOCUMENT = "document"
    NONE = "none"
    SOFT = "soft"


class PackingWay(StrEnum):
    """Which documents come into one row."""

    NAIVE = "naive"
    BEST_FIT = "best_fit"
    GREEDY = "greedy"


class LongDocuments(StrEnum):
    """What becomes of a document that no row takes whole."""

    SPLIT = "split"
    CUT = "cut"


#: Ways that keep every document whole which fits into a row.
_WHOLE = ("way", PackingWay.BEST_FIT, PackingWay.GREEDY)


class PackingPart(Part):
    """How documents share a row. Each ends with its end-of-text token."""

    way: PackingWay = option(
        PackingWay.NAIVE,
        title="Way of packing",
        help="naive: one after another, cut wherever a row is full; best_fit: whole, the longest "
        "first, each where it leaves the least room; greedy: whole, in the order of the text, each "
        "into the first row that takes it. Examples of a task set are always whole (naive is "
        "best_fit there).",
    )
    long_documents: LongDocuments = option(
        LongDocuments.SPLIT,
        title="Longer than a row",
        help="split: over several rows, nothing is lost; cut: the first row of it only. Of a task "
        "set, what was chosen when it was tokenized counts.",
        shown_if=_WHOLE,
    )
    isolation: Isolation = option(
        Isolation.DOCUMENT,
        title="Document boundaries",
        help="document: a token sees its own document only; none: the whole row before it; soft: "
        "the whole row, other documents with lower scores (causal objective only).",
    )
    soft_bias: float = option(
        4.0,
        title="Soft bias",
        help="Taken off the attention scores of other documents: e to the minus of it is the "
        "weight that is left beside an equal score in the own document.",
        recommended=(1.0, 20.0),
        gt=0,
        le=1000,
        group="advanced",
        shown_if=("isolation", Isolation.SOFT),
    )
    resets_positions: bool = option(
        True,
        title="Positions start again",
        help="Count positions from 0 in each document of a row; with isolation none they run on.",
        group="advanced",
        shown_if=("isolation", Isolation.DOCUMENT, Isolation.SOFT),
    )

    @property
    def keeps_whole(self) -> bool:
        """Whether documents that fit into a row are never cut."""
        return self.way != PackingWay.NAIVE

    @property
    def penalty(self) -> float | None:
        """What scores of other documents are lowered by; None without the soft mask."""
        return self.soft_bias if self.isolation == Isolation.SOFT else None

    def uncut(self) -> PackingPart:
        """The same for held-out text, of which nothing may be left out: losses are compared."""
        return self.replace(long_documents=LongDocuments.SPLIT)


def soft_problems(packing: PackingPart, objective: str) -> Iterator[Problem]:
    """The soft mask lowers scores of what is before a token; who looks ahead would read padding."""
    if packing.isolation == Isolation.SOFT and objective != "causal":
        yield Problem(
            "packing.isolation",
            f"the soft mask is for the causal objective; {objective} looks ahead",
            got="soft",
            expected="document or none",
            hint="Choose document.",
            fix=(("packing.isolation", "document"),),
        )
