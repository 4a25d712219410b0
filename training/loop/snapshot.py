"""Everything a run needs to go on as if it had never stopped, as tensors and plain data.

Model (of a LoRA run the adapter alone), optimizer, what the loop remembers of its last steps, the
random state of every rank, the state's counters and each metric series' length. Taking it copies
(the run goes on while it is written); putting it back is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from training.errors import CheckpointError
from training.loop.optimizer import load_optimizer_tensors, optimizer_tensors
from training.loop.state import TrainState
from training.parallel.reduce import gather_bytes
from training.parallel.world import World
from training.specs.optimization import OptimizerPart
from training.tuning.lora import adapter_tensors, has_adapter

MODEL = "model/"
OPTIMIZER = "optimizer/"
RANDOM = "random/"
LOOP = "loop/"


@dataclass(frozen=True)
class Snapshot:
    """A run at one step. Tensor names start with MODEL, OPTIMIZER, RANDOM or LOOP."""

    tensors: dict[str, Tensor]
    state: TrainState
    extra: dict[str, Any]


def take_snapshot(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    state: TrainState,
    world: World,
    extra: dict[str, Any],
    loop: Mapping[str, Tensor],
    room: dict[str, Tensor] | None = None,
) -> Snapshot:
    """Copy the run to host memory. Collective: every rank calls it, rank 0 uses the result.

    ``loop``: the small tensors that the loop itself keeps from step to step. ``room``: tensors of
    a snapshot that nobody needs any more, which this one is copied into (new memory costs a page
    fault for every 4 kB); it is filled with those that this one is made of.
    """
    room = {} if room is None else room
    random = gather_bytes(_random_state(world), world)
    tensors = {f"{RANDOM}{rank}": data.cpu() for rank, data in enumerate(random)}
    if world.is_main:
        for name, parameter in saved_parameters(model).items():
            tensors[MODEL + name] = _copied(MODEL + name, parameter, room)
        for name, buffer in _saved_buffers(model):
            tensors[MODEL + name] = _copied(MODEL + name, buffer, room)
        for name, tensor in optimizer_tensors(model, optimizer).items():
            tensors[OPTIMIZER + name] = _copied(OPTIMIZER + name, tensor, room)
        for name, tensor in loop.items():
            tensors[LOOP + name] = _copied(LOOP + name, tensor, room)
    if world.device.type == "cuda":
        torch.cuda.synchronize(world.device)
    return Snapshot(tensors, TrainState(**vars(state)), extra)


def restore_snapshot(
    snapshot: Snapshot,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    world: World,
    loop: Mapping[str, Tensor],
    part: OptimizerPart,
) -> None:
    """Put a run back. The random state comes last: nothing may draw from it before step 1."""
    load_model_tensors_into(model, snapshot.tensors)
    for name, target in loop.items():
        # Older checkpoints have none, and a window may have another length now.
        source = snapshot.tensors.get(LOOP + name)
        if source is not None and source.shape == target.shape:
            target.copy_(source)
    moments = {
        name.removeprefix(OPTIMIZER): tensor
        for name, tensor in snapshot.tensors.items()
        if name.startswith(OPTIMIZER)
    }
    if moments:
        load_optimizer_tensors(model, optimizer, moments, part)
    mine = snapshot.tensors.get(f"{RANDOM}{world.rank}")
    if mine is None:
        # More processes than wrote it: the newcomer starts a stream of its own.
        torch.manual_seed(snapshot.state.step * world.size + world.rank)
        return
    _set_random_state(mine, world)


def load_model_tensors_into(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Copy the MODEL tensors of a snapshot into a module; CheckpointError when they do not fit."""
    wanted = {**saved_parameters(model), **dict(_saved_buffers(model))}
    with torch.no_grad():
        for name, target in wanted.items():
            source = tensors.get(MODEL + name)
            if source is None or source.shape != target.shape:
                found = "nothing" if source is None else str(tuple(source.shape))
                raise CheckpointError(
                    f"The checkpoint does not fit the model: {name} has shape "
                    f"{tuple(target.shape)} and the checkpoint holds {found}."
                )
            target.copy_(source)


def saved_parameters(model: nn.Module) -> dict[str, Tensor]:
    """What a checkpoint holds of a model: the adapter alone where there is one, else all."""
    return adapter_tensors(model) if has_adapter(model) else dict(model.named_parameters())


def _saved_buffers(model: nn.Module) -> list[tuple[str, Tensor]]:
    persistent = model.state_dict(keep_vars=True)
    return [(name, buffer) for name, buffer in model.named_buffers() if name in persistent]


def _copied(name: str, tensor: Tensor, room: dict[str, Tensor]) -> Tensor:
    """A copy on the host; from a GPU into pinned memory, in the order of its work."""
    place = room.get(name)
    if place is None or place.shape != tensor.shape or place.dtype != tensor.dtype:
        is_pinned = tensor.device.type == "cuda"
        place = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=is_pinned)
        room[name] = place
    return place.copy_(tensor.detach(), non_blocking=True)


def _random_state(world: World) -> Tensor:
    state = torch.get_rng_state()
    if world.device.type == "cuda":
        state = torch.cat([state, torch.cuda.get_rng_state(world.device)])
    return state.to(world.device)


def _set_random_state(data: Tensor, world: World) -> None:
    host_size = torch.get_rng_state().numel()
    torch.set_rng_state(data[:host_size])
    if world.device.type == "cuda" and data.numel() > host_size:
        torch.cuda.set_rng_state(data[host_size:], world.device)
