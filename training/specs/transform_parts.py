"""Options of the transforms: one part each, all of them off until somebody switches one on."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from training.specs.base import Part, option


class Sameness(StrEnum):
    """When two lines or sentences are the same."""

    EXACT = "exact"
    ALIKE = "alike"


class KeptCopy(StrEnum):
    """Which copy of a repeated piece stays."""

    FIRST = "first"
    NONE = "none"


class Scope(StrEnum):
    """Where copies are counted together."""

    DOCUMENT = "document"
    SOURCE = "source"
    CORPUS = "corpus"


class TransformPart(Part):
    """What every transform has."""

    is_on: bool = option(False, title="On", help="Off leaves the texts as they are.")


def sameness(default: Sameness) -> Any:
    """How two pieces are compared."""
    return option(
        default,
        title="The same when",
        help="exact: character by character, white space at the ends aside. alike: in lower case, "
        "every digit as 0, without punctuation and control characters, white space made single.",
    )


def min_characters(default: int, help: str) -> Any:
    """The shortest piece that is looked at."""
    return option(
        default,
        title="Characters at least",
        help=f"{help} A Chinese, Japanese or Korean character counts for two.",
        unit="characters",
        ge=1,
        le=100_000,
        recommended=(10, 1_000),
    )


class RepeatedLinesPart(TransformPart):
    """Within each document, a line that stood there before goes."""

    min_characters: int = min_characters(20, "Shorter lines may repeat.")
    same: Sameness = sameness(Sameness.EXACT)
