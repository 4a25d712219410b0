"""How a step is computed: what of it excludes what, and what is slow on the machine at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from training.errors import Problem, SpecError
from training.planning.compilers import reason_against_compiling
from training.planning.machine import cpu_has_fp16, num_gpus
from training.specs.optimization import Device, Precision, Recomputation


class Computed(Protocol):
    """The fields of a training that say how a step is computed."""

    @property
    def precision(self) -> Precision: ...
    @property
    def device(self) -> Device: ...
    @property
    def recomputation(self) -> Recomputation: ...
    @property
    def compiles(self) -> bool: ...
    @property
    def num_processes(self) -> int: ...


def kernel_problems(run: Computed) -> Iterator[Problem]:
    """Choices that exclude each other."""
    if run.compiles and run.recomputation == Recomputation.SELECTIVE:
        yield Problem(
            "recomputation",
            "compiled blocks choose on their own what they compute again",
            got="selective, with compiles",
            expected="none or full with compiles",
            hint="Take none, or do not compile.",
            fix=(("recomputation", "none"),),
        )


def require_compiler(run: Computed) -> None:
    """SpecError where models cannot be compiled on this machine, for a resolved device."""
    problem = compiler_problem(run)
    if problem is not None:
        raise SpecError([problem])


def compiler_problem(run: Computed) -> Problem | None:
    """What is missing on this machine for what is to be compiled; None when nothing is."""
    reason = reason_against_compiling(_device(run)) if run.compiles else ""
    if not reason:
        return None
    return Problem(
        "compiles",
        f"a model cannot be compiled on this machine: {reason}",
        got="true",
        expected="false, or a machine with a compiler",
        hint="Do not compile, or install it (Debian: apt install g++).",
        fix=(("compiles", False),),
    )


def _device(run: Computed) -> str:
    if run.device != Device.AUTO:
        return str(run.device)
    return "cuda" if num_gpus() >= run.num_processes else "cpu"


def kernel_doubts(run: Computed) -> Iterator[Problem]:
    """fp16 on a CPU that has no instructions for it."""
    if run.precision == Precision.FP16 and _device(run) == "cpu" and not cpu_has_fp16():
        yield Problem(
            "precision",
            "this CPU has no instructions for fp16, and steps take dozens of times as long as in "
            "fp32",
            got="fp16",
            expected="auto, bf16 or fp32 on a CPU",
            hint="fp16 is for GPUs without bf16; take auto.",
            fix=(("precision", "auto"),),
        )
