"""One all-reduce per optimizer step: all gradients, the loss, the target count and the stop flag.

Gradients are summed flat, in parameter order. DistributedDataParallel re-buckets after its first
backward, so that with three or more ranks a resumed run adds in another order and is no longer
bit-identical (measured, project facts); a fixed order has no such state. The stop flag travels in
the same buffer, so that all ranks stop after the same step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from training.parallel.world import World

_NUM_EXTRAS = 3


@dataclass(frozen=True)
class StepSums:
    """Sums over all processes of one optimizer step. ``loss`` in nats over ``num_targets``."""

    loss: Tensor
    num_targets: Tensor
    is_stop_wanted: bool


def reduce_step(
    parameters: list[nn.Parameter],
    loss: Tensor,
    num_targets: int,
    *,
    wants_stop: bool,
    world: World,
) -> StepSums:
    """Sum gradients over the world in place and return the other sums.

    ``loss`` is this process's sum over its targets, fp32 scalar.
    """
    count = torch.tensor(float(num_targets), device=loss.device)
    if world.size == 1:
        return StepSums(loss, count, wants_stop)
    extras = torch.stack([loss, count, torch.tensor(float(wants_stop), device=loss.device)])
    flat = torch.cat([extras, *(_gradient(p).reshape(-1) for p in parameters)])
    distributed.all_reduce(flat)
    offset = _NUM_EXTRAS
    for parameter in parameters:
        size = parameter.numel()
        # A view, not a copy: the gradient now lives in the reduced buffer.
        parameter.grad = flat[offset : offset + size].view_as(parameter)
        offset += size
    return StepSums(flat[0].clone(), flat[1].clone(), bool(flat[2].item() > 0))


def reduce_sums(values: list[float], world: World) -> list[float]:
    """Sum a few numbers over the world in fp64."""
    if world.size == 1:
        return values
    tensor = torch.tensor(values, dtype=torch.float64, device=world.device)
    distributed.all_reduce(tensor)
    return [float(value) for value in tensor]


def gather_bytes(data: Tensor, world: World) -> list[Tensor]:
    """One equally long uint8 tensor [n] per rank, on every rank."""
    if world.size == 1:
        return [data]
    gathered = [torch.empty_like(data) for _ in range(world.size)]
    distributed.all_gather(gathered, data)
    return gathered


def _gradient(parameter: nn.Parameter) -> Tensor:
    gradient = parameter.grad
    return torch.zeros_like(parameter) if gradient is None else gradient
