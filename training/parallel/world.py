"""The processes of one run, as seen from one of them. Accelerate does the launching and joining.

The world asserts at start what it was promised: a launcher that silently starts one process where
two were asked for, or two that do not know of each other, is an error here and not a wrong run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from accelerate import PartialState

from training.errors import Problem, SpecError, TrainyardError
from training.specs.optimization import Device


@dataclass(frozen=True)
class World:
    """Rank of this process, number of processes, and the device it computes on."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this process writes files."""
        return self.rank == 0


def join_world(num_processes: int, device: Device) -> World:
    """Join the process group that the launcher described in the environment.

    Raises TrainyardError when fewer or more processes run than the spec asks for, SpecError when
    it asks for GPUs that are not there.
    """
    _require_gpus(num_processes, device)
    launched = int(os.environ.get("WORLD_SIZE", "1"))
    if launched != num_processes:
        raise TrainyardError(
            f"The spec asks for {num_processes} processes and {launched} were launched.",
            advice="Start the run through Trainyard, or with accelerate launch and that number.",
        )
    is_cpu = device == Device.CPU
    state = PartialState(cpu=is_cpu)
    if state.num_processes != num_processes:
        raise TrainyardError(
            f"{num_processes} processes were launched but do not see each other "
            f"(accelerate reports {state.num_processes}).",
        )
    return World(state.process_index, state.num_processes, state.device)


def _require_gpus(num_processes: int, device: Device) -> None:
    """SpecError for GPUs that are not there; PyTorch alone would quietly take the CPU."""
    available = torch.cuda.device_count()
    if device != Device.CUDA or available >= num_processes:
        return
    built = "" if torch.version.cuda else " (this PyTorch was built without CUDA)"
    problem = Problem(
        "device",
        f"this machine has {available} GPUs that PyTorch can use{built}; each process needs one",
        got=f"{device} with {num_processes} processes",
        expected="cpu or auto",
        hint="Set device to cpu.",
        fix=(("device", "cpu"),),
    )
    raise SpecError([problem])


def leave_world() -> None:
    """Leave the process group, so that the interpreter ends without warnings."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
