"""A training run: what to read, which model, how to step, when to look, when to save.

Defaults and recommended ranges: Brown 2020 and Touvron 2023 (betas, decay, cosine with warm-up to
a tenth), Goyal 2017 (warm-up). Every "auto" or 0 is replaced by ``resolve()``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.planning.machine import bf16_pays, num_cores, num_gpus
from training.registry import OBJECTIVES
from training.specs.base import Part, Spec, option
from training.specs.model import ModelSpec, nearest_divisor
from training.specs.shape import shape_problems
from training.specs.tuning import (
    ForgettingPart,
    TuningPart,
    problems_without_base,
    rate_doubts,
)
from training.specs.weights import source_weights_option, weight_problems

#: Below it the logits divided by it leave the range of numbers.
LEAST_TEMPERATURE = 0.01


class Schedule(StrEnum):
    """Shape of the learning rate after warm-up."""

    COSINE = "cosine"
    LINEAR = "linear"
    CONSTANT = "constant"


class Precision(StrEnum):
    """Number format of matrix products; weights and optimizer stay in fp32."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"


class Device(StrEnum):
    """Where the model runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Isolation(StrEnum):
    """Whether a token sees the document before its own in a packed row."""

    DOCUMENT = "document"
    NONE = "none"


class ExportChoice(StrEnum):
    """Which checkpoint becomes the run's model."""

    BEST = "best"
    LAST = "last"


class PackingPart(Part):
    """How documents share a row (naive concatenation with an end token between them)."""

    isolation: Isolation = option(
        Isolation.DOCUMENT,
        title="Document boundaries",
        help="document: a token sees its own document only; none: the whole row before it.",
    )
    resets_positions: bool = option(
        True,
        title="Positions start again",
        help="Count positions from 0 in each document of a row.",
        group="advanced",
    )


class OptimizerPart(Part):
    """AdamW (Loshchilov & Hutter 2019); norms, biases and 1-D parameters do not decay."""

    learning_rate: float = option(
        1e-3,
        title="Learning rate",
        help="Peak, reached after warm-up.",
        recommended=(1e-5, 3e-3),
        gt=0,
        le=1,
    )
    beta1: float = option(
        0.9, title="Beta 1", help="Memory of the mean.", ge=0, lt=1, group="advanced"
    )
    beta2: float = option(
        0.95, title="Beta 2", help="Memory of the square.", ge=0, lt=1, group="advanced"
    )
    epsilon: float = option(
        1e-8, title="Epsilon", help="Added to the root.", gt=0, le=0.1, group="advanced"
    )
    weight_decay: float = option(
        0.1,
        title="Weight decay",
        help="Pull of matrices towards 0, times the learning rate.",
        recommended=(0.01, 0.1),
        ge=0,
        le=1,
    )
    clip_norm: float = option(
        1.0,
        title="Gradient clip",
        help="Longest gradient allowed; 0 turns clipping off.",
        recommended=(0.5, 2.0),
        ge=0,
    )


class SchedulePart(Part):
    """Linear warm-up, then a falling curve down to a floor."""

    kind: Schedule = option(Schedule.COSINE, title="Schedule", help="Shape after warm-up.")
    warmup_steps: int = option(
        0, title="Warm-up", help="Steps from 0 to the peak.", unit="steps", ge=0, le=100_000_000
    )
    floor_fraction: float = option(
        0.1,
        title="Floor",
        help="Last learning rate as a fraction of the peak.",
        ge=0,
        le=1,
        group="advanced",
    )


class ValidationPart(Part):
    """Loss on held-out documents, and when to give up."""

    every_steps: int = option(
        100,
        title="Validate every",
        help="0 turns validation off.",
        unit="steps",
        ge=0,
        le=100_000_000,
    )
    max_rows: int = option(
        256,
        title="Validation rows",
        help="At most so many rows per validation; 0 takes all.",
        ge=0,
        group="advanced",
    )
    patience: int = option(
        0,
        title="Early stopping",
        help="Stop after so many validations without improvement; 0 never stops early.",
        ge=0,
    )
    tests_at_end: bool = option(
        True,
        title="Test at the end",
        help="Loss on the test rows of a task set, of the exported weights: read once, after the "
        "last step, and never before.",
    )
    min_delta: float = option(
        0.0, title="Least improvement", help="In nats of loss.", ge=0, group="advanced"
    )


class CheckpointPart(Part):
    """When to save and what to keep; the best and the last are always kept."""

    every_steps: int = option(
        200, title="Save every", help="0 saves at the end only.", unit="steps", ge=0, le=100_000_000
    )
    keep_last: int = option(
        2, title="Keep", help="Newest checkpoints kept besides the best.", ge=1, group="advanced"
    )
    export: ExportChoice = option(
        ExportChoice.BEST,
        title="Model taken from",
        help="best (lowest validation loss) or last checkpoint.",
        group="advanced",
    )


class SamplesPart(Part):
    """Text continued at every validation, so that learning can be read."""

    prompts: list[str] = option(
        factory=list, title="Prompts", help="Continued at every validation.", max_length=16
    )
    max_new_tokens: int = option(
        48, title="Sample length", help="New tokens.", unit="tokens", ge=1, le=4096
    )
    temperature: float = option(
        0.8,
        title="Temperature",
        help="0 takes the likeliest; otherwise 0.01 or more.",
        ge=0,
        le=5,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """A temperature that is nearly 0 and means 0."""
        if 0 < self.temperature < LEAST_TEMPERATURE:
            yield Problem(
                "temperature",
                "is too small to divide by",
                got=f"{self.temperature:g}",
                expected=f"0, or {LEAST_TEMPERATURE:g} to 5",
                hint="0 takes the likeliest token.",
                fix=(("temperature", 0),),
            )


class TrainSpec(Spec):
    """Train a language model on a token store."""

    verb = "train"

    tokens: str = option(
        title="Tokens", help="Output folder of a tokenize job.", artifact="tokens", min_length=1
    )
    base: str = option(
        "",
        title="Base model",
        help="Where weights and architecture come from: a model, or a checkpoint of a run; empty "
        "starts from random weights.",
        artifact="model",
    )
    tuning: TuningPart = option(
        factory=TuningPart,
        title="Tuning",
        help="What of the base is trained.",
        shown_if=("base",),
    )
    model: ModelSpec = option(
        factory=ModelSpec,
        title="Model",
        help="Architecture; with a base it is the base's, and only dropout is chosen here.",
    )
    objective: str = option(
        "causal",
        title="Objective",
        help="What is learnt; causal: the next token of the same document.",
        choices=OBJECTIVES,
        group="advanced",
    )
    sequence_length: int = option(
        0,
        title="Sequence length",
        help="Tokens per row; 0 takes the model's context length, with a base at most 512.",
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
    packing: PackingPart = option(factory=PackingPart, title="Packing", help="Rows.")
    optimizer: OptimizerPart = option(factory=OptimizerPart, title="Optimizer", help="AdamW.")
    schedule: SchedulePart = option(factory=SchedulePart, title="Schedule", help="Learning rate.")
    validation: ValidationPart = option(
        factory=ValidationPart, title="Validation", help="Held-out loss."
    )
    checkpoints: CheckpointPart = option(
        factory=CheckpointPart, title="Checkpoints", help="Saving."
    )
    samples: SamplesPart = option(factory=SamplesPart, title="Samples", help="Text.")
    forgetting: ForgettingPart = option(
        factory=ForgettingPart,
        title="Forgetting",
        help="General text, with a base.",
        shown_if=("base",),
    )
    general_tokens: str = option(
        "",
        title="General text",
        help="Tokens for the forgetting report, made with the base's tokenizer; empty takes "
        "Python's documentation, which every machine has.",
        artifact="tokens",
        group="advanced",
        shown_if=("base",),
    )
    precision: Precision = option(
        Precision.AUTO, title="Precision", help="auto takes bf16 where the machine gains by it."
    )
    device: Device = option(
        Device.AUTO, title="Device", help="auto takes the GPU where there is one.", group="advanced"
    )
    num_processes: int = option(
        1, title="Processes", help="Data-parallel processes (GPUs or CPU groups).", ge=1, le=1024
    )
    num_threads: int = option(
        0,
        title="Threads per process",
        help="0 shares the cores out; bit-identical resume depends on it.",
        ge=0,
        le=1024,
        group="advanced",
    )
    seed: int = option(
        0, title="Seed", help="Of weights, data order and dropout.", ge=0, le=2**31 - 1
    )
    source_weights: dict[str, float] = source_weights_option()

    @property
    def rows_per_process(self) -> int:
        """Rows that each process sees per optimizer step."""
        return self.batch_size // self.num_processes

    def problems(self) -> Iterator[Problem]:
        """Rows and batches that do not fit, warm-up past the end, patience without validation."""
        yield from shape_problems(self)
        yield from weight_problems("source_weights", self.source_weights)
        if not self.base:
            yield from problems_without_base(self.tuning, self.general_tokens)
        if self.schedule.warmup_steps >= self.num_steps:
            good = self.num_steps // 10
            yield Problem(
                "schedule.warmup_steps",
                "warm-up must end before the run does",
                got=str(self.schedule.warmup_steps),
                expected=f"less than {self.num_steps} steps",
                hint=f"A tenth of the run is usual: {good}.",
                fix=(("schedule.warmup_steps", good),),
            )
        if self.validation.patience and not self.validation.every_steps:
            yield Problem(
                "validation.patience",
                "early stopping needs validation",
                got=str(self.validation.patience),
                hint="Set validation.every_steps, or patience to 0.",
                fix=(("validation.patience", 0),),
            )

    def doubts(self) -> Iterator[Problem]:
        """Also a learning rate that is unusual for the way of tuning."""
        for doubt in super().doubts():
            if not (self.base and doubt.field == "optimizer.learning_rate"):
                yield doubt
        if self.base:
            yield from rate_doubts(self.optimizer.learning_rate, self.tuning.method)

    def resolve(self) -> TrainSpec:
        """Fill in everything that depends on this machine or on other fields.

        With a base, architecture and length of rows wait for it (``training.loop.base``).
        """
        threads = self.num_threads or max(1, num_cores() // self.num_processes)
        share = max(1, self.rows_per_process)
        micro = self.micro_batch_size or nearest_divisor(share, min(share, 16))
        device = self.device
        if device == Device.AUTO:
            device = Device.CUDA if num_gpus() >= self.num_processes else Device.CPU
        precision = self.precision
        if precision == Precision.AUTO:
            precision = Precision.BF16 if bf16_pays(device) else Precision.FP32
        model = self.model if self.base else self.model.resolve()
        length = 0 if self.base else self.model.context_length
        return self.replace(
            model=model,
            sequence_length=self.sequence_length or length,
            micro_batch_size=micro,
            num_threads=threads,
            precision=precision,
            device=device,
        )
