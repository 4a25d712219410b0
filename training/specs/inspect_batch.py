"""What the verb ``inspect_batch`` is asked: which batch of which run, or of which settings."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Spec, option
from training.specs.packing import PackingPart
from training.specs.weights import source_weights_option, weight_problems


class InspectBatchSpec(Spec):
    """A batch drawn: which documents share its rows, what is padding, what carries loss."""

    verb = "inspect_batch"

    run: str = option(
        "",
        title="Run",
        help="Output folder of a train job, or the job folder of one that has not ended.",
        artifact="model",
    )
    tokens: str = option(
        "",
        title="Tokens",
        help="Output folder of a tokenize job; the settings below say how it would be read.",
        artifact="tokens",
    )
    step: int = option(1, title="Step", help="Optimizer step.", ge=1, le=100_000_000)
    sequence_length: int = option(
        512,
        title="Sequence length",
        help="Tokens per row.",
        unit="tokens",
        ge=1,
        le=1_048_576,
        shown_if=("tokens",),
    )
    batch_size: int = option(
        32,
        title="Batch",
        help="Rows per optimizer step.",
        unit="rows",
        ge=1,
        le=1_048_576,
        shown_if=("tokens",),
    )
    packing: PackingPart = option(
        factory=PackingPart, title="Packing", help="How documents share rows.", shown_if=("tokens",)
    )
    seed: int = option(
        0, title="Seed", help="Of the order of rows.", ge=0, le=2**31 - 1, shown_if=("tokens",)
    )
    max_rows: int = option(
        8, title="Rows at most", help="Drawn; all are counted.", unit="rows", ge=1, le=1024
    )
    source_weights: dict[str, float] = source_weights_option()

    def problems(self) -> Iterator[Problem]:
        """Either a run is looked at or settings."""
        yield from weight_problems("source_weights", self.source_weights)
        if bool(self.run) == bool(self.tokens):
            got = "both" if self.run else "neither"
            yield Problem("run", "name either a run or tokens", got=got, expected="one of them")
