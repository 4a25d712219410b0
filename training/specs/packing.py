"""How documents share the rows that a model is trained on."""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Part, option


class Isolation(StrEnum):
    """Whether a token sees the document before its own in a packed row."""

    DOCUMENT = "document"
    NONE = "none"


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
        help="document: a token sees its own document only; none: the whole row before it.",
    )
    resets_positions: bool = option(
        True,
        title="Positions start again",
        help="Count positions from 0 in each document of a row; with isolation none they run on.",
        group="advanced",
        shown_if=("isolation", Isolation.DOCUMENT),
    )

    @property
    def keeps_whole(self) -> bool:
        """Whether documents that fit into a row are never cut."""
        return self.way != PackingWay.NAIVE

    def uncut(self) -> PackingPart:
        """The same for held-out text, of which nothing may be left out: losses are compared."""
        return self.replace(long_documents=LongDocuments.SPLIT)
