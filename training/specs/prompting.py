"""How items of a benchmark are put to a model; what evaluations and runs that measure share."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, option

QUESTION = "{question}"


class Normalisation(StrEnum):
    """What a log-likelihood of a choice is divided by before choices are compared."""

    BYTE = "byte"
    TOKEN = "token"
    NONE = "none"
    UNCONDITIONAL = "unconditional"


class PromptPart(Part):
    """The words around a question, the examples before it, and which figure counts."""

    template: str = option(
        "",
        title="Template",
        help="The words around a question: {question} stands for it. Empty takes 'Question: "
        "{question}\\nAnswer:' for choices and the bare text for a cloze.",
        max_length=2_000,
    )
    separator: str = option(
        " ",
        title="Before an answer",
        help="Between the words before and the answer; empty for languages without spaces.",
        max_length=20,
    )
    num_examples: int = option(
        0,
        title="Examples before",
        help="Few-shot: so many items with their answers stand before each question, drawn by "
        "the seed, never the item itself or a copy of it.",
        unit="items",
        recommended=(0, 32),
        ge=0,
        le=1_000,
    )
    examples_split: str = option(
        "",
        title="Examples from",
        help="Split that examples are drawn from, and that is not scored; empty draws them from "
        "the other scored items of the set.",
        max_length=200,
    )
    split: str = option(
        "",
        title="Split",
        help="Only items of this split are scored; empty takes all but those of the examples.",
        max_length=200,
    )
    max_items: int = option(
        0,
        title="Most items",
        help="Of each set, drawn by the seed; 0 takes all.",
        unit="items",
        ge=0,
    )
    normalisation: Normalisation = option(
        Normalisation.BYTE,
        title="Counted by",
        help="Which figure is the accuracy of the benchmark; all of them are told. byte and "
        "token: per byte or token of the answer; none: the sum; unconditional: against the "
        "answer without its question.",
        group="advanced",
    )
    seed: int = option(
        0,
        title="Seed",
        help="Of examples and of items drawn.",
        ge=0,
        le=2**31 - 1,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """A template without the question, examples of a split that is scored."""
        if self.template and self.template.count(QUESTION) != 1:
            yield Problem(
                "template",
                f"must hold {QUESTION} once",
                got=self.template[:60],
                expected=f"for example 'Question: {QUESTION}\\nAnswer:'",
                fix=(("template", ""),),
            )
        if self.examples_split and not self.num_examples:
            yield Problem(
                "num_examples",
                "no example is drawn from the split that is named",
                got="0",
                expected="1 or more, or no split of examples",
                fix=(("num_examples", 5),),
            )
        if self.examples_split and self.examples_split == self.split:
            yield Problem(
                "examples_split",
                "is the split that is scored",
                got=self.split,
                expected="another split, or none to draw from the other scored items",
                fix=(("examples_split", ""),),
            )
