"""What a rule is: it says which documents it drops, and why, in words a person can check.

A rule looks at columns of signals only. ``survivors`` are the documents that all rules before it
kept; a rule on one document ignores them, a choice among duplicates does not.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from training.corpus.places import Places
from training.corpus.signals.table import SignalTable

Mask = npt.NDArray[np.bool_]


class Rule(Protocol):
    """Made from its part of the spec; one instance per use."""

    #: Name of the column whose value is shown with a dropped document.
    signal: str

    def is_ready(self, table: SignalTable) -> bool:
        """Whether the column that it needs has been computed; else it drops nothing for now."""

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Which documents go [N]; may be true outside ``survivors``."""

    def reason(self, table: SignalTable, index: int) -> str:
        """Why document ``index`` goes, with value and threshold."""

    def thresholds(self) -> dict[str, Any]:
        """The numbers that were applied."""

    def places(self, text: str) -> Places:
        """Where in the text the rule's signal comes from, as (start, stop) in characters.

        What there is too much of; [] when something is missing, or when it is the whole text.
        """


@runtime_checkable
class Located(Protocol):
    """A rule whose places were found with its column; the text alone does not tell them."""

    def places_in(self, table: SignalTable, index: int) -> Places:
        """Where in document ``index`` the rule's signal comes from."""


@runtime_checkable
class Listed(Protocol):
    """A rule that needs what lies beside the columns to find its places in a text."""

    def places_by(self, table: SignalTable, index: int, text: str) -> Places:
        """Where in ``text``, which is of document ``index``, the rule's signal comes from."""


def places_of(rule: Rule, table: SignalTable, index: int, text: str) -> Places:
    """Where a rule's signal comes from in a document, or in the part of it that ``text`` is."""
    if isinstance(rule, Listed):
        return rule.places_by(table, index, text)
    return rule.places_in(table, index) if isinstance(rule, Located) else rule.places(text)
