"""How a step is computed: what of it excludes what, and what is slow on the machine at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from training.errors import Problem
from training.planning.machine import cpu_has_fp16, num_gpus
from training.specs.optimization import Device, Precision


class Computed(Protocol):
    """The fields of a training that say how a step is computed."""

    @property
    def precision(self) -> Precision: ...
    @property
    def device(self) -> Device: ...
    @property
    def num_processes(self) -> int: ...


def kernel_doubts(run: Computed) -> Iterator[Problem]:
    """fp16 on a CPU that has no instructions for it."""
    is_auto = run.device == Device.AUTO
    is_cpu = num_gpus() < run.num_processes if is_auto else run.device == Device.CPU
    if run.precision == Precision.FP16 and is_cpu and not cpu_has_fp16():
        yield Problem(
            "precision",
            "this CPU has no instructions for fp16, and steps take dozens of times as long as in "
            "fp32",
            got="fp16",
            expected="auto, bf16 or fp32 on a CPU",
            hint="fp16 is for GPUs without bf16; take auto.",
            fix=(("precision", "auto"),),
        )
