"""What the verb ``plan`` is asked: a run, as far as its size goes."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Spec, option
from training.specs.model import ModelSpec
from training.specs.optimization import Device, Precision
from training.specs.shape import shape_problems


class PlanSpec(Spec):
    """Count parameters, operations, memory and time before anything runs."""

    verb = "plan"

    model: ModelSpec = option(factory=ModelSpec, title="Model", help="Architecture.")
    sequence_length: int = option(
        0,
        title="Sequence length",
        help="Tokens per row; 0 takes the model's context length.",
        unit="tokens",
        ge=0,
        le=1_048_576,
    )
    num_steps: int = option(
        1000, title="Steps", help="Optimizer steps.", unit="steps", ge=1, le=100_000_000
    )
    batch_size: int = option(
        32,
        title="Batch",
        help="Rows per optimizer step, over all processes.",
        unit="rows",
        recommended=(16, 512),
        ge=1,
        le=1_048_576,
    )
    micro_batch_size: int = option(
        0,
        title="Micro-batch",
        help="Rows per process and forward pass; 0 takes the whole share, at most 16.",
        unit="rows",
        ge=0,
        le=1_048_576,
        group="advanced",
    )
    num_processes: int = option(
        1, title="Processes", help="Data-parallel processes.", ge=1, le=1024
    )
    num_threads: int = option(
        0,
        title="Threads per process",
        help="0 shares the cores out.",
        ge=0,
        le=1024,
        group="advanced",
    )
    precision: Precision = option(
        Precision.AUTO, title="Precision", help="auto takes bf16 where the machine gains by it."
    )
    device: Device = option(Device.AUTO, title="Device", help="auto takes the GPU where there is.")
    tokens_at_hand: int = option(
        0,
        title="Tokens at hand",
        help="Size of the token store; 0 is unknown.",
        unit="tokens",
        ge=0,
        le=10**15,
    )
    price_per_device_hour: float = option(
        0.0, title="Price", help="Per device and hour, in any currency.", ge=0, group="advanced"
    )
    measures_machine: bool = option(
        False,
        title="Measure this machine",
        help="Time the parts of a step for half a minute, instead of taking what was kept.",
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """What a training of this shape would be refused for."""
        yield from shape_problems(self)

    def resolve(self) -> PlanSpec:
        """Fill in the model's open widths; the rest is the planner's answer."""
        return self.replace(model=self.model.resolve())
