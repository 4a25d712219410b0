"""Doubts from a plan: more memory or disk than there is, with the setting that makes it fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from training.errors import Problem
from training.planning.plan import Plan
from training.specs.model import divisors
from training.specs.train import TrainSpec
from training.units import format_bytes

#: Plans the same run with these fields changed.
Replan = Callable[[TrainSpec], Plan]


def limits(
    spec: TrainSpec, plan: Plan, replan: Replan, *, memory_bytes: int, disk_bytes: int
) -> Iterator[Problem]:
    """Field paths are those of a train spec. ``memory_bytes`` 0: of a device that is not asked."""
    if memory_bytes and needed_memory(plan) > memory_bytes:
        yield _memory(spec, plan, replan, memory_bytes)
    if plan.disk.peak > disk_bytes:
        yield _disk(spec, plan, replan, disk_bytes)


def needed_memory(plan: Plan) -> int:
    """Bytes of all processes."""
    return plan.memory.total * plan.num_processes


def _memory(spec: TrainSpec, plan: Plan, replan: Replan, limit: int) -> Problem:
    sizes = {"needed": format_bytes(needed_memory(plan)), "limit": format_bytes(limit)}
    told = _("It needs %(needed)s of memory, and this machine has %(limit)s:") % sizes
    smaller = [one for one in divisors(spec.rows_per_process) if one < plan.micro_batch_size]
    for micro in reversed(smaller):
        if needed_memory(replan(spec.replace(micro_batch_size=micro))) <= limit:
            advice = _("a smaller micro-batch gives the same result in less.")
            fix = (("micro_batch_size", micro),)
            return Problem("micro_batch_size", f"{told} {advice}", fix=fix)
    advice = _("take a smaller model, shorter rows or fewer processes.")
    return Problem("model.num_layers" if not spec.base else "base", f"{told} {advice}")


def _disk(spec: TrainSpec, plan: Plan, replan: Replan, free: int) -> Problem:
    sizes = {"needed": format_bytes(plan.disk.peak), "free": format_bytes(free)}
    told = _("Checkpoints and model need %(needed)s of disk, and %(free)s are free:") % sizes
    fewer = spec.replace(checkpoints=spec.checkpoints.replace(keep_last=1))
    if replan(fewer).disk.peak <= free:
        fix = (("checkpoints.keep_last", 1),)
        return Problem("checkpoints.keep_last", f"{told} {_('keep fewer of them.')}", fix=fix)
    advice = _("delete what is not needed (Storage), or take a smaller model.")
    return Problem("checkpoints.keep_last", f"{told} {advice}")
