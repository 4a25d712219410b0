"""Rules on what classifiers say: quality, and safety by a list, by a model, or by both."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from training.specs.base import option
from training.specs.rule_parts import OptionalRulePart


def _id(title: str) -> Any:
    return option(
        "", title=title, max_length=64, pattern="^[0-9a-f-]*$", group="hidden",
        help="Id of the classifier that the column was made with; the job fills it in.",
    )  # fmt: skip


class QualityRule(OptionalRulePart):
    """Text that a classifier, trained on labelled rows, finds of little worth (FineWeb-Edu).

    Scores go from 0 to 5; of a classifier of classes it is five times the probability.
    """

    at_least: float = option(
        2, title="At least", ge=0, le=5, recommended=(1, 3.5),
        help="Documents of a lower score are dropped. FineWeb-Edu keeps what rounds to 3: 2.5.",
    )  # fmt: skip
    classifier: str = _id("Classifier")


class DropWhen(StrEnum):
    """Which of the two safeguards drops a document."""

    ANY = "any"
    BOTH = "both"
    MODEL = "model"
    LIST = "list"


class SafetyRule(OptionalRulePart):
    """Text that a list of words or a model calls unsafe; two safeguards, combined as you say."""

    drops_when: DropWhen = option(
        DropWhen.ANY,
        title="Dropped when",
        help="any: the list or the model objects, whichever there is; both: the two of them; "
        "model, list: that one alone.",
    )
    at_most: float = option(
        0.5, title="Probability at most", ge=0, le=1, recommended=(0.1, 0.9),
        help="The model objects to more than this.",
        shown_if=("drops_when", "any", "both", "model"),
    )  # fmt: skip
    hits_at_most: float = option(
        1, title="Hits at most", unit="per 1,000 words", ge=0, recommended=(0, 20),
        help="The list objects to more than this; 0 objects to a single hit.",
        shown_if=("drops_when", "any", "both", "list"),
    )  # fmt: skip
    classifier: str = _id("Classifier")
    keywords: str = _id("List of words")
