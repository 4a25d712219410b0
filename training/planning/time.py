"""How long a run takes, from how fast this machine multiplies matrices.

Seconds = operations / (speed of large matrix products x the fraction of it that a training step
reaches). The speed is measured once (``training.parallel.calibration`` writes a small JSON file);
without a measurement a guess is used and said to be one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.folder.atomic import read_json
from training.planning.machine import cpu_has_bf16

#: What a training step reaches of the speed of large products. Measured on CPU with an 8.5 M model
#: (benchmarks/model_step.py); for GPUs the usual model FLOP utilisation of an untuned loop.
STEP_FRACTION = {
    ("cpu", "fp32"): 0.70,
    ("cpu", "bf16"): 0.45,
    ("cuda", "fp32"): 0.35,
    ("cuda", "bf16"): 0.30,
}

#: Guesses where nothing was measured: one CPU core without instructions for bf16, which is
#: converted there; a data-centre GPU (A100: 19.5 TFLOP/s fp32, 312 bf16 by its data sheet).
GUESSED_FLOPS = {
    ("cpu", "fp32"): 40e9,
    ("cpu", "bf16"): 40e9,
    ("cuda", "fp32"): 19.5e12,
    ("cuda", "bf16"): 312e12,
}
#: The same for a core with them. Source: ``training.parallel.calibration`` on shared AMD EPYC cores
#: with AVX512-BF16 and torch 2.13: 92e9 to 94e9 in fp32, 210e9 to 216e9 in bf16.
GUESSED_FLOPS_WITH_BF16 = {"fp32": 90e9, "bf16": 200e9}


@dataclass(frozen=True)
class Calibration:
    """Measured speed of large matrix products, operations per second of one thread or GPU."""

    device: str
    name: str
    fp32_flops: float
    bf16_flops: float

    def flops(self, precision: str) -> float:
        """Speed in that number format."""
        return self.bf16_flops if precision == "bf16" else self.fp32_flops


@dataclass(frozen=True)
class TimePlan:
    """Seconds of a run and the speed they rest on."""

    seconds: float
    seconds_per_step: float
    tokens_per_second: float
    flops_per_second: float
    is_measured: bool


def read_calibration(path: Path) -> Calibration | None:
    """The measurement in a JSON file; None when there is none that can be read."""
    data: Any = read_json(path)
    if not isinstance(data, dict):
        return None
    try:
        return Calibration(
            str(data["device"]),
            str(data["name"]),
            float(data["fp32_flops"]),
            float(data["bf16_flops"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def plan_time(
    flops_per_step: float,
    num_steps: int,
    tokens_per_step: int,
    *,
    device: str = "cpu",
    precision: str = "fp32",
    num_units: int = 1,
    calibration: Calibration | None = None,
) -> TimePlan:
    """Time of a run on ``num_units`` CPU threads or GPUs, assumed to share the work evenly."""
    fits = calibration is not None and calibration.device == device
    unit = calibration.flops(precision) if calibration and fits else guess(device, precision)
    speed = unit * STEP_FRACTION[device, precision] * num_units
    per_step = flops_per_step / speed
    return TimePlan(
        seconds=per_step * num_steps,
        seconds_per_step=per_step,
        tokens_per_second=tokens_per_step / per_step,
        flops_per_second=speed,
        is_measured=fits,
    )


def guess(device: str, precision: str) -> float:
    """Operations per second of one unit of ``device`` that nobody has measured."""
    if device == "cpu" and cpu_has_bf16():
        return GUESSED_FLOPS_WITH_BF16[precision]
    return GUESSED_FLOPS[device, precision]
