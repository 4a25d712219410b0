"""Everything that can be known of a run before it starts, from its spec alone. No torch.

Takes anything with the fields of ``Plannable`` (a training spec, a plan spec), resolved or not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from training.planning.cost import run_cost
from training.planning.course import course_of
from training.planning.disk import DiskPlan, Saving, plan_disk
from training.planning.flops import FlopCount, count_flops, six_nd
from training.planning.generator import (
    generator_beside,
    memory_beside,
    trained_beside,
    training_flops_beside,
)
from training.planning.machine import bf16_pays, num_cores, num_gpus
from training.planning.memory import (
    ADAPTER_BYTES,
    KERNEL_BYTES,
    PROCESS_BYTES,
    MemoryPlan,
    Shape,
    kv_cache_bytes,
    plan_memory,
    rule_of_thumb_bytes,
)
from training.planning.params import ParameterCount, count_parameters
from training.planning.scaling import ScalingAdvice, advise
from training.planning.speed import Calibration
from training.planning.time import TimePlan, Work, plan_time
from training.planning.trained import Trained, count_trained
from training.specs.model import ModelSpec, nearest_divisor
from training.specs.optimization import OptimizerPart, Recomputation
from training.specs.packing import Isolation, PackingPart, PackingWay
from training.specs.ramp import BatchRampPart
from training.specs.shape import RunShape
from training.specs.tuning import TuningPart
from training.specs.watching import CheckpointPart, ValidationPart

#: Vocabulary assumed while no tokenizer is known.
ASSUMED_VOCAB_SIZE = 8192
_LARGEST_MICRO_BATCH = 16


class Plannable(RunShape, Protocol):
    """The numbers of a run that a plan needs. 0 and "auto" mean what they mean in TrainSpec."""

    @property
    def num_steps(self) -> int: ...
    @property
    def num_threads(self) -> int: ...
    @property
    def precision(self) -> str: ...
    @property
    def device(self) -> str: ...


@dataclass(frozen=True)
class Plan:
    """What a run will be: sizes, work, memory per process, time, and how much text it wants."""

    vocab_size: int
    is_vocab_assumed: bool
    sequence_length: int
    micro_batch_size: int
    precision: str
    device: str
    num_processes: int
    num_threads: int
    parameters: ParameterCount
    trained: Trained
    flops: FlopCount
    tokens_per_step: int
    num_tokens: int
    training_flops: float
    six_nd_flops: float
    memory: MemoryPlan
    disk: DiskPlan
    rule_of_thumb_bytes: tuple[int, int]
    kv_cache_bytes: int
    time: TimePlan
    scaling: ScalingAdvice
    cost: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, totals included."""
        data = asdict(self)
        data["parameters"] |= {
            "total": self.parameters.total,
            "non_embedding": self.parameters.non_embedding,
            "added": self.trained.num_added,
            "trainable": self.trained.num_parameters,
        }
        data["flops"] |= {"forward": self.flops.forward, "training": self.flops.training}
        data["memory"] |= {"total": self.memory.total}
        data["disk"] |= {"total": self.disk.total, "peak": self.disk.peak}
        return data


def plan_training(
    run: Plannable,
    *,
    vocab_size: int = 0,
    tokens_at_hand: int = 0,
    price_per_device_hour: float = 0.0,
    calibration: Calibration | None = None,
    document_length: int = 0,
    model: ModelSpec | None = None,
) -> Plan:
    """Plan ``run``; ``vocab_size`` is the tokenizer's where the model leaves it open.

    ``model`` stands in for the run's own: a run that tunes a base has the base's architecture.
    ``document_length``: mean tokens of a document where rows keep documents apart; 0 is unknown.
    """
    model = model or run.model
    known = model.vocab_size or vocab_size
    model = model.resolve().replace(vocab_size=known or ASSUMED_VOCAB_SIZE)
    shape, num_micro = _shape(run, model)
    parameters, flops = count_parameters(model), count_flops(model, shape.sequence_length)
    beside = generator_beside(run, model)
    trained = trained_beside(count_trained(model, _tuning(run)), beside)
    more, more_full = training_flops_beside(beside, shape.sequence_length)
    per_step = run.batch_size * shape.sequence_length
    flops_per_step = (flops.training_full + more_full) * per_step
    num_rows = _num_rows(run)
    num_tokens = num_rows * shape.sequence_length
    time = plan_time(
        Work(model, shape, num_micro, flops_per_step, document_length, trained),
        # a batch that grows has fewer whole steps' worth of rows
        -(-num_rows // run.batch_size),
        per_step,
        precision=_precision(run, shape.device),
        num_threads=_num_threads(run),
        calibration=calibration,
    )
    return Plan(
        vocab_size=model.vocab_size,
        is_vocab_assumed=not known,
        sequence_length=shape.sequence_length,
        micro_batch_size=shape.micro_batch_size,
        precision=_precision(run, shape.device),
        device=shape.device,
        num_processes=run.num_processes,
        num_threads=_num_threads(run),
        parameters=parameters,
        trained=trained,
        flops=flops,
        tokens_per_step=per_step,
        num_tokens=num_tokens,
        training_flops=(flops.training + more) * num_tokens,
        six_nd_flops=six_nd(model, num_tokens),
        memory=memory_beside(_memory(run, model, shape, trained, calibration), beside, shape),
        disk=_disk(run, model, trained),
        rule_of_thumb_bytes=rule_of_thumb_bytes(model),
        kv_cache_bytes=kv_cache_bytes(model, model.context_length),
        time=time,
        scaling=advise(parameters.total, num_tokens, tokens_at_hand),
        cost=run_cost(time.seconds, run.num_processes, price_per_device_hour),
    )


def _memory(
    run: Plannable,
    model: ModelSpec,
    shape: Shape,
    trained: Trained,
    calibration: Calibration | None,
) -> MemoryPlan:
    process = calibration.process_bytes if calibration else PROCESS_BYTES
    process += KERNEL_BYTES * _runs_kernels(run) + ADAPTER_BYTES * trained.is_adapter
    return plan_memory(
        model, shape, process_bytes=process, trained=trained, optimizer_kind=_optimizer(run)
    )


def _runs_kernels(run: Plannable) -> bool:
    """Whether rows are packed, or items of a benchmark searched, by compiled kernels."""
    packing = getattr(run, "packing", None)
    is_packed = packing is not None and packing.way != PackingWay.NAIVE
    return is_packed or bool(getattr(run, "benchmark", ""))


def _shape(run: Plannable, model: ModelSpec) -> tuple[Shape, int]:
    """What one forward pass of a process sees, and how many of them make a step."""
    device = planned_device(run)
    share = max(1, run.batch_size // run.num_processes)
    micro = run.micro_batch_size or nearest_divisor(share, min(share, _LARGEST_MICRO_BATCH))
    shape = Shape(
        micro,
        run.sequence_length or model.context_length,
        device=device,
        is_half=_precision(run, device) != "fp32",
        num_processes=run.num_processes,
        has_mixing_matrix=device == "cpu" and model.attention_drop > 0,
        recomputation=Recomputation(getattr(run, "recomputation", "none")),
        keeps_documents_apart=_keeps_documents_apart(run),
    )
    return shape, share // micro


def _num_rows(run: Plannable) -> int:
    """Rows of the whole run; a plan spec has no ramp."""
    ramp = getattr(run, "batch_ramp", None) or BatchRampPart()
    course = course_of(run.batch_size, ramp.resolved())
    return course.places(run.num_steps).stop


def _disk(run: Plannable, model: ModelSpec, trained: Trained) -> DiskPlan:
    return plan_disk(
        model,
        _saving(run),
        num_processes=run.num_processes,
        trained=trained,
        optimizer_kind=_optimizer(run),
    )


def _tuning(run: Plannable) -> TuningPart | None:
    """How a run tunes its base; None for one that has none, and for a plan spec."""
    tuning = getattr(run, "tuning", None)
    return tuning if getattr(run, "base", "") else None


def _keeps_documents_apart(run: Plannable) -> bool:
    """Whether rows do; a plan spec says nothing of it and takes the default of a training."""
    packing = getattr(run, "packing", None) or PackingPart()
    return bool(packing.isolation == Isolation.DOCUMENT)


def planned_device(run: Plannable) -> str:
    """``cpu`` or ``cuda``: what "auto" becomes on this machine."""
    if run.device != "auto":
        return str(run.device)
    return "cuda" if num_gpus() >= run.num_processes else "cpu"


def _precision(run: Plannable, device: str) -> str:
    if run.precision != "auto":
        return str(run.precision)
    return "bf16" if bf16_pays(device) else "fp32"


def _saving(run: Plannable) -> Saving:
    """When the run saves; a plan spec says nothing of it and takes the defaults of a training."""
    checkpoints = getattr(run, "checkpoints", None) or CheckpointPart()
    validation = getattr(run, "validation", None) or ValidationPart()
    return Saving(
        run.num_steps,
        checkpoints.every_steps,
        checkpoints.keep_last,
        validation.every_steps,
        checkpoints.keep_every_steps,
    )


def _optimizer(run: Plannable) -> str:
    """A plan spec says nothing of it and takes the default of a training."""
    part = getattr(run, "optimizer", None) or OptimizerPart()
    return str(part.kind)


def _num_threads(run: Plannable) -> int:
    return run.num_threads or max(1, num_cores() // run.num_processes)
