"""How documents share the rows that a model is trained on."""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Part, option


class Isolation(StrEnum):
    """Whether a token sees the document before its own in a packed row."""

    DOCUMENT = "document"
    NONE = "none"


class PackingPart(Part):
    """How documents share a row (naive concatenation with an end token between them)."""

    isolation: Isolation = option(
        Isolation.DOCUMENT,
        title="Document boundaries",
        help="document: a token sees its own document only; none: the whole row before it.",
    )
    resets_positions: bool = option(
        True,
        title="Positions start again",
        help="Count positions from 0 in each document of a row.",
        group="advanced",
    )
