"""A training run: what to read, which model, how to step, when to look, when to save.

Every "auto" or 0 is replaced by ``resolve()``.
"""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.planning.machine import bf16_pays, num_cores, num_gpus
from training.registry import OBJECTIVES
from training.specs.base import Spec, option
from training.specs.benchmarking import BenchmarksPart
from training.specs.kernels import kernel_doubts, kernel_problems
from training.specs.loss_scaling import LossScalingPart
from training.specs.model import ModelSpec, nearest_divisor
from training.specs.objective_problems import objective_problems
from training.specs.objectives import BlankPart, MaskedPart, PrefixPart
from training.specs.optimization import (
    Device,
    OptimizerPart,
    Precision,
    Recomputation,
    SchedulePart,
)
from training.specs.packing import PackingPart, soft_problems
from training.specs.ramp import BatchRampPart, ramp_problems
from training.specs.replaced import ReplacedPart
from training.specs.shape import shape_problems
from training.specs.spikes import SpikePart
from training.specs.tuning import (
    ForgettingPart,
    TuningPart,
    problems_without_base,
    rate_doubts,
)
from training.specs.watching import CheckpointPart, SamplesPart, ValidationPart
from training.specs.weights import source_weights_option, weight_problems

#: Objectives whose models read both ways, so that no continuation has a probability.
_NOT_CONTINUING = ("masked", "replaced")


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
        help="Architecture; with a base it is the base's, and only dropout and label smoothing are "
        "chosen here.",
    )
    objective: str = option(
        "causal",
        title="Objective",
        help="What is learnt; causal: the next token of the same document; masked: tokens that "
        "were hidden (BERT); prefix: what follows a given beginning; blank: spans that were taken "
        "out (GLM); replaced: which tokens a generator put there (ELECTRA).",
        choices=OBJECTIVES,
    )
    masked: MaskedPart = option(
        factory=MaskedPart,
        title="Masking",
        help="Tokens to be guessed.",
        shown_if=("objective", "masked", "replaced"),
    )
    prefix: PrefixPart = option(
        factory=PrefixPart,
        title="Prefix",
        help="What is given of each document.",
        shown_if=("objective", "prefix"),
    )
    blank: BlankPart = option(
        factory=BlankPart,
        title="Blanks",
        help="Spans to be written again.",
        shown_if=("objective", "blank"),
    )
    replaced: ReplacedPart = option(
        factory=ReplacedPart,
        title="Replacing",
        help="The small model that puts other tokens in place.",
        shown_if=("objective", "replaced"),
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
    batch_ramp: BatchRampPart = option(
        factory=BatchRampPart, title="Batch ramp", help="A batch that begins small and grows."
    )
    packing: PackingPart = option(
        factory=PackingPart, title="Packing", help="How documents share rows."
    )
    optimizer: OptimizerPart = option(
        factory=OptimizerPart, title="Optimizer", help="How weights follow their gradients."
    )
    schedule: SchedulePart = option(
        factory=SchedulePart, title="Schedule", help="How the learning rate moves over the run."
    )
    spikes: SpikePart = option(
        factory=SpikePart, title="Spikes", help="When a step is skipped and when the run goes back."
    )
    validation: ValidationPart = option(
        factory=ValidationPart,
        title="Validation",
        help="Loss on documents that are held out, while the run goes on.",
    )
    checkpoints: CheckpointPart = option(
        factory=CheckpointPart,
        title="Checkpoints",
        help="When the whole run is saved, and what is kept.",
    )
    benchmark: str = option(
        "",
        title="Benchmark",
        help="Output folder of a benchmark job: its sets are scored while the run trains.",
        artifact="benchmark",
        group="advanced",
    )
    benchmarks: BenchmarksPart = option(
        factory=BenchmarksPart,
        title="Benchmarks",
        help="When the benchmark is put to the model while it trains, and how.",
        shown_if=("benchmark",),
    )
    samples: SamplesPart = option(
        factory=SamplesPart,
        title="Samples",
        help="Texts that the model writes at every validation.",
    )
    forgetting: ForgettingPart = option(
        factory=ForgettingPart,
        title="Forgetting",
        help="How much of general text a tuned base unlearns.",
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
        Precision.AUTO,
        title="Precision",
        help="auto takes bf16 where the machine gains by it; fp16 is for GPUs without bf16 and "
        "scales the loss.",
    )
    loss_scaling: LossScalingPart = option(
        factory=LossScalingPart,
        title="Loss scaling",
        help="Keeps small gradients from becoming 0 in fp16.",
        shown_if=("precision", "fp16"),
    )
    recomputation: Recomputation = option(
        Recomputation.NONE,
        title="Recomputation",
        help="selective: norms, activations and attention that is written out are computed again "
        "in the backward pass, matrix products are kept: little work, about a third less memory; "
        "full: blocks keep what they read alone: a third more work, far less memory. The bits are "
        "the same.",
        group="advanced",
    )
    compiles: bool = option(
        False,
        title="Compile",
        help="torch.compile of what lies around attention: a minute or more at every start, then "
        "faster steps on a GPU and hardly on a CPU. Validation and samples run as they are.",
        group="advanced",
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
        yield from soft_problems(self.packing, self.objective)
        yield from objective_problems(self)
        yield from ramp_problems(self)
        yield from kernel_problems(self)
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
        if self.benchmark and self.objective in _NOT_CONTINUING:
            yield Problem(
                "benchmark",
                "needs a model that continues text",
                got=f"objective {self.objective}",
                expected="no benchmark, or an objective such as causal or prefix",
                fix=(("benchmark", ""),),
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
        """Also a learning rate that is unusual for the way of tuning, and fp16 on a CPU."""
        for doubt in super().doubts():
            if not (self.base and doubt.field == "optimizer.learning_rate"):
                yield doubt
        if self.base:
            yield from rate_doubts(self.optimizer.learning_rate, self.tuning.method)
        yield from kernel_doubts(self)

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
        if self.objective == "blank" and not self.base:
            model = model.replace(fills_blanks=True)
        length = 0 if self.base else self.model.context_length
        return self.replace(
            model=model,
            sequence_length=self.sequence_length or length,
            micro_batch_size=micro,
            batch_ramp=self.batch_ramp.resolved(),
            num_threads=threads,
            precision=precision,
            device=device,
        )
