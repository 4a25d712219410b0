"""Rules on scores: numbers that a model gives to each document, computed once for each model."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import option
from training.specs.rule_parts import OptionalRulePart

#: Choices of `PerplexityRule.keep` that go by percentiles.
_PARTS = ("head", "head_and_middle", "middle", "tail")


class KeepPerplexity(StrEnum):
    """What is kept: up to a value, or parts of the corpus at hand."""

    AT_MOST = "at_most"
    HEAD = "head"
    HEAD_AND_MIDDLE = "head_and_middle"
    MIDDLE = "middle"
    TAIL = "tail"


class PerplexityRule(OptionalRulePart):
    """Text that a language model finds improbable: another language, lists, garbage (CCNet).

    The model is an n-gram model trained on text you trust; the job scores every document once.
    """

    keep: KeepPerplexity = option(
        KeepPerplexity.AT_MOST,
        title="Keep",
        help="at_most: up to a perplexity; head, middle and tail: parts of this corpus, from the "
        "most ordinary text to the oddest.",
    )
    at_most: float = option(
        1_000, title="At most", ge=1, le=1e30, recommended=(50, 100_000),
        help="Documents of a higher perplexity are dropped.", shown_if=("keep", "at_most"),
    )  # fmt: skip
    head_percentile: float = option(
        30, title="Head up to", unit="%", gt=0, lt=100, shown_if=("keep", *_PARTS),
        help="Share of the documents that are the head: those of the lowest perplexity.",
    )  # fmt: skip
    middle_percentile: float = option(
        60, title="Middle up to", unit="%", gt=0, lt=100, shown_if=("keep", *_PARTS),
        help="Share of the documents that are head and middle; the others are the tail.",
    )  # fmt: skip
    model: str = option(
        "", title="Model", max_length=64, pattern="^[0-9a-f-]*$", group="hidden",
        help="Id of the n-gram model that the column was made with; the job fills it in.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """Head ends before middle does."""
        if self.head_percentile >= self.middle_percentile:
            yield Problem(
                "middle_percentile",
                "no document is left for the middle",
                got=f"{self.middle_percentile:g} %",
                expected=f"more than {self.head_percentile:g} %",
                hint="Head is below the first percentile, middle below the second.",
            )
