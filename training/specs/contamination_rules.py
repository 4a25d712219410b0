"""The rule on documents that hold items of evaluation sets."""

from __future__ import annotations

from training.specs.base import option
from training.specs.rule_parts import OptionalRulePart


class ContaminationRule(OptionalRulePart):
    """Documents that hold questions or answers by which a model will be measured.

    The documents are searched for evaluation sets once, by the verb decontaminate; the rule goes
    by what was found.
    """

    at_most: int = option(
        0, title="At most", ge=0, le=1_000_000, unit="runs", recommended=(0, 100),
        help="Documents that share more runs of words with one item are dropped.",
    )  # fmt: skip
    item_share: float = option(
        0, title="Share of the item", ge=0, le=1, recommended=(0, 0.8),
        help="... if they also hold at least this share of the item's words; 0 asks for no share.",
    )  # fmt: skip
    contamination: str = option(
        "", title="Search", max_length=64, pattern="^[0-9a-f-]*$", group="hidden",
        help="Id of the search that the column was made of; the job fills it in.",
    )  # fmt: skip
