"""What the verb ``tokenize`` is asked: which texts or tasks, which tokenizer, what is held out."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.planning.machine import num_cores
from training.registry import TEMPLATES
from training.specs.base import Part, Spec, option


class HoldOut(StrEnum):
    """How validation documents are chosen."""

    HASH = "hash"
    LAST = "last"
    CUT = "cut"


class TooLong(StrEnum):
    """What becomes of an example that is longer than a row."""

    TRUNCATE = "truncate"
    DROP = "drop"


class ValidationPart(Part):
    """Which documents are never trained on."""

    method: HoldOut = option(
        HoldOut.HASH,
        title="Held out by",
        help="hash: by document id, spread over the corpus; last: the last documents in order; "
        "cut: the last tokens, even if that cuts a document in two.",
    )
    fraction: float = option(
        0.05,
        title="Held-out share",
        help="Of the documents (hash) or of the tokens (last, cut).",
        recommended=(0.001, 0.2),
        gt=0,
        lt=1,
    )


class ExamplesPart(Part):
    """How the rows of a task set become tokens; a corpus does not look at this."""

    template: str = option(
        "auto",
        title="Template",
        help="How turns are written down. auto takes the tokenizer's own if it brings one along, "
        "else chatml if it has the marks, else plain.",
        choices=TEMPLATES,
    )
    too_long: TooLong = option(
        TooLong.TRUNCATE,
        title="Longer than a row",
        help="Examples are never cut in two: their end is cut off, or they are left out.",
    )


class TokenizeSpec(Spec):
    """A corpus or a task set becomes a token store: ids, document by document."""

    verb = "tokenize"

    corpus: str = option("", title="Corpus", help="Folder of a cleaned corpus.", artifact="corpus")
    tasks: str = option(
        "",
        title="Task set",
        help="Folder of a task set instead of a corpus; its answers alone carry loss.",
        artifact="tasks",
    )
    tokenizer: str = option(
        "", title="Tokenizer", help="Folder of a tokenizer.", artifact="tokenizer"
    )
    model: str = option(
        "",
        title="Base model",
        help="Folder of a model instead of a tokenizer: the tokenizer that it came with.",
        artifact="model",
    )
    validation: ValidationPart = option(
        factory=ValidationPart,
        title="Validation",
        help="What is held out of a corpus; a task set has its own split.",
    )
    examples: ExamplesPart = option(
        factory=ExamplesPart,
        title="Examples",
        help="How the rows of a task set are written.",
        shown_if=("tasks",),
    )
    num_threads: int = option(
        0,
        title="Workers",
        help="Processes that encode a corpus side by side (of a task set: threads); 0 takes the "
        "cores. The tokens are the same for any number.",
        ge=0,
        le=256,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """Exactly one of corpus and tasks, and exactly one of tokenizer and model."""
        yield from exactly_one("corpus", self.corpus, "tasks", self.tasks)
        yield from exactly_one("tokenizer", self.tokenizer, "model", self.model)

    def resolve(self) -> TokenizeSpec:
        """Set the number of threads."""
        return self.replace(num_threads=self.num_threads or num_cores())


def exactly_one(first: str, value: str, second: str, other: str) -> Iterator[Problem]:
    """The problem of two fields of which both or neither is given."""
    if bool(value) == bool(other):
        got = f"both {first} and {second}" if value else "neither"
        yield Problem(
            first,
            f"exactly one of {first} and {second} is needed",
            got=got,
            expected=f"{first} or {second}",
            hint="Empty one of them." if value else "Name one of them.",
        )
