"""What benchmarks of training share: our loop in a folder, and contestants that take turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.step_overhead import STEPS_PER_BLOCK, Turns
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.loop.run import Callback
from training.loop.setup import prepare_run
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.parallel.world import World
from training.specs.train import TrainSpec


def num_steps_of(num_blocks: int) -> int:
    """Steps of a run of so many blocks, with the first one that only warms up."""
    return (num_blocks + 1) * STEPS_PER_BLOCK


def alternate(contestants: dict[str, Turns], num_blocks: int) -> dict[str, list[float]]:
    """CPU seconds of every block; the order turns round, the first block only warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(num_blocks + 1):
        order = list(contestants)
        shift = number % len(order)
        for name in order[shift:] + order[:shift]:
            seconds[name].append(contestants[name].block())
    return {name: blocks[1:] for name, blocks in seconds.items()}


def train(folder: Path, options: dict[str, Any], callbacks: Sequence[Callback]) -> None:
    """The product's own loop without validation and checkpoints.

    On one thread of the CPU, or on the device that ``options`` name.
    """
    spec = TrainSpec.parse(
        {
            "validation": {"every_steps": 0},
            "checkpoints": {"every_steps": 0},
            "precision": "fp32",
            "device": "cpu",
            "num_threads": 1,
        }
        | options
    ).resolve()
    folder.mkdir(parents=True)
    job = Job(JobFolder(folder), verb="train", spec=spec.to_dict())
    run = prepare_run(spec, job, World(0, 1, torch.device(str(spec.device))))
    Trainer(run, callbacks, StopWatch(job)).train()
