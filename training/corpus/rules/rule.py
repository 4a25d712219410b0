"""What a rule is: it says which documents it drops, and why, in words a person can check.

A rule looks at columns of signals only. ``survivors`` are the documents that all rules before it
kept; a rule on one document ignores them, a choice among duplicates does not.
"""

from __future__ import annotations

from typing import Any, Protocol

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
