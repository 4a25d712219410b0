"""What a signal is: besides its name and function, how it is defined, in words for people.

The definition here is the only one that is written down: the page of a rule, the page of a document
and docs/signals.md (``python scripts/signal_reference.py``) show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from training.registry.row import Row


class Unit(StrEnum):
    """What a value counts; a share is between 0 and 1."""

    SHARE = "share"
    BYTES = "bytes"
    CHARACTERS = "characters"
    WORDS = "words"
    LINES = "lines"
    NUMBER = "number"
    PER_WORD = "per word"
    NATS = "nats"
    NONE = ""


@dataclass(frozen=True)
class SignalRow(Row):
    """One signal of documents."""

    #: Exactly what is computed.
    definition: str = ""
    unit: Unit = Unit.SHARE
    #: The same number in other systems; only where a test holds ours equal to their definition.
    as_in: str = ""
    #: What other systems compute under this name, and in what it differs.
    others: str = ""


def signal(
    name: str,
    title: str,
    module: str,
    definition: str,
    unit: Unit = Unit.SHARE,
    *,
    as_in: str = "",
    others: str = "",
    version: int = 1,
) -> SignalRow:
    """A function of the signal's name in a module of ``training.corpus.signals``."""
    return SignalRow(
        name,
        title,
        f"training.corpus.signals.{module}:{name}",
        version=version,
        definition=definition,
        unit=unit,
        as_in=as_in,
        others=others,
    )
