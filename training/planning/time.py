"""How long a run takes: from the parts of a step as this machine was measured to do them.

``training.parallel.calibration`` measures once and keeps the result; ``training.planning.step``
adds the parts up. Without a measurement of this device and precision the speed of large matrix
products is guessed, and said to be a guess: seconds = operations / (speed x what a step reaches).
"""

from __future__ import annotations

from dataclasses import dataclass

from training.planning.machine import cpu_has_bf16
from training.planning.memory import Shape
from training.planning.speed import Calibration, Speed
from training.planning.step import FORWARD_SHARE, StepSeconds, step_seconds
from training.planning.trained import Trained
from training.specs.model import ModelSpec
from training.specs.optimization import Recomputation

#: What a training step reaches of the speed of large products. Measured on CPU with an 8.5 M model
#: (benchmarks/model_step.py); for GPUs the usual model FLOP utilisation of an untuned loop.
STEP_FRACTION = {
    ("cpu", "fp32"): 0.70,
    ("cpu", "bf16"): 0.45,
    ("cpu", "fp16"): 0.70,
    ("cuda", "fp32"): 0.35,
    ("cuda", "bf16"): 0.30,
    ("cuda", "fp16"): 0.30,
}

#: Guesses where nothing was measured: one CPU core without instructions for bf16, which is
#: converted there; a data-centre GPU (A100: 19.5 TFLOP/s fp32, 312 bf16 by its data sheet).
GUESSED_FLOPS = {
    ("cpu", "fp32"): 40e9,
    ("cpu", "bf16"): 40e9,
    ("cpu", "fp16"): 2.4e9,
    ("cuda", "fp32"): 19.5e12,
    ("cuda", "bf16"): 312e12,
    ("cuda", "fp16"): 312e12,
}
#: The same for a core with them: large products on shared AMD EPYC cores with AVX512-BF16 and
#: torch 2.13 gave 92e9 to 94e9 in fp32, 210e9 to 216e9 in bf16, and 2.4e9 in fp16, which it has no
#: vector instructions for there.
GUESSED_FLOPS_WITH_BF16 = {"fp32": 90e9, "bf16": 200e9, "fp16": 2.4e9}


@dataclass(frozen=True)
class TimePlan:
    """Seconds in steps of a run and the speed they rest on; ``parts`` of one step where measured.

    Validating, sampling and saving come on top.
    """

    seconds: float
    seconds_per_step: float
    tokens_per_second: float
    flops_per_second: float
    is_measured: bool
    parts: StepSeconds | None = None


@dataclass(frozen=True)
class Work:
    """What one optimizer step of one process is. ``flops`` of all processes' passes."""

    model: ModelSpec
    shape: Shape
    num_micro_batches: int
    flops: float
    document_length: int = 0
    trained: Trained | None = None

    @property
    def makes_all_again(self) -> bool:
        """Whether the forward pass is made twice."""
        return self.shape.recomputation == Recomputation.FULL


def plan_time(
    work: Work,
    num_steps: int,
    tokens_per_step: int,
    *,
    precision: str = "fp32",
    num_threads: int = 1,
    calibration: Calibration | None = None,
) -> TimePlan:
    """Time of a run whose processes work side by side, each on ``num_threads`` or a GPU."""
    device = work.shape.device
    speed = _measured(calibration, device, precision)
    if calibration is None or speed is None or calibration.device != device:
        unit = guess(device, precision) * STEP_FRACTION[device, precision]
        num_units = work.shape.num_processes * (num_threads if device == "cpu" else 1)
        flops = work.flops * (1 + FORWARD_SHARE * work.makes_all_again)
        return _plan(work, flops / (unit * num_units), num_steps, tokens_per_step, None)
    parts = step_seconds(
        work.model,
        work.shape,
        speed,
        num_micro_batches=work.num_micro_batches,
        document_length=work.document_length,
        trained=work.trained,
    )
    if device == "cpu":
        parts = parts.times(1 / threads_speedup(calibration, num_threads))
    return _plan(work, parts.total, num_steps, tokens_per_step, parts)


def _measured(calibration: Calibration | None, device: str, precision: str) -> Speed | None:
    """The curves of this precision. Tensor cores multiply fp16 as fast as bf16."""
    speeds = calibration.speeds if calibration else {}
    is_like_bf16 = precision == "fp16" and device == "cuda"
    return speeds.get(precision) or speeds.get("bf16" if is_like_bf16 else precision)


def threads_speedup(calibration: Calibration, num_threads: int) -> float:
    """How many times quicker ``num_threads`` are than one, from the one number that was measured.

    Amdahl 1967: a fixed share of the work stays with one thread.
    """
    most = calibration.num_threads
    if most <= 1 or num_threads <= 1:
        return float(num_threads)
    alone = (most / calibration.speedup - 1) / (most - 1)
    return num_threads / (1 + alone * (num_threads - 1))


def guess(device: str, precision: str) -> float:
    """Operations per second of one unit of ``device`` that nobody has measured."""
    if device == "cpu" and cpu_has_bf16():
        return GUESSED_FLOPS_WITH_BF16[precision]
    return GUESSED_FLOPS[device, precision]


def _plan(
    work: Work,
    per_step: float,
    num_steps: int,
    tokens_per_step: int,
    parts: StepSeconds | None,
) -> TimePlan:
    return TimePlan(
        seconds=per_step * num_steps,
        seconds_per_step=per_step,
        tokens_per_second=tokens_per_step / per_step,
        flops_per_second=work.flops / per_step,
        is_measured=parts is not None,
        parts=parts,
    )
