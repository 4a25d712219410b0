"""Everything that one run holds, handed to the loop and to its callbacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.folder.job import Job
from training.folder.series import MetricWriter
from training.loop.base import Base
from training.loop.loss_scale import LossScale, Scaled
from training.loop.spikes import SpikeRule
from training.loop.state import TrainState
from training.objectives.objective import Objective
from training.parallel.world import World
from training.planning.course import Course
from training.specs.model import ModelSpec
from training.specs.train import TrainSpec
from training.tokens.batches import Batch, Gathered
from training.tokens.draws import Draws
from training.tokens.rows import AnyRows
from training.tokens.store import TokenStore


@dataclass
class Run:
    """One attempt at one run. ``model_spec`` has the vocabulary filled in, ``spec`` the base's."""

    spec: TrainSpec
    job: Job
    world: World
    store: TokenStore
    rows: AnyRows
    order: npt.NDArray[np.uint32]
    course: Course
    model_spec: ModelSpec
    model: Any
    objective: Objective
    optimizer: torch.optim.Optimizer
    metrics: MetricWriter | None
    spikes: SpikeRule
    #: In fp16 alone.
    loss_scale: LossScale | None = None
    #: What is fine-tuned, its weights left out; None when the run starts from random ones.
    base: Base | None = None
    state: TrainState = field(default_factory=TrainState)
    #: Set by the validation callback after an improvement, read by the checkpoint callback.
    has_improved: bool = False

    def loop_tensors(self) -> dict[str, Tensor]:
        """What the loop remembers from step to step, for a checkpoint; changed in place."""
        scale = self.loss_scale
        return self.spikes.tensors() | (scale.tensors() if scale is not None else {})

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to train: the last step is done, or it ended early."""
        return self.state.step >= self.spec.num_steps or bool(self.state.end_reason)

    def batch(self, row_ids: npt.NDArray[np.integer], places: npt.NDArray[np.integer]) -> Batch:
        """Training rows [B] that stand at these places [B] of the order, as the objective wants."""
        draws = Draws.of_places(self.spec.seed, places.astype(np.int64), len(self.rows))
        gathered = Gathered.of(self.rows, row_ids.astype(np.int64))
        return self.objective.batch(gathered, draws, self.world.device)


@dataclass(frozen=True)
class StepResult:
    """What one optimizer step gave. ``loss`` is the mean over targets in nats.

    ``seconds`` are the host's; on a GPU it may still compute.
    """

    step: int
    loss: Tensor
    gradient_norm: Tensor
    learning_rate: float
    num_tokens: int
    seconds: float
    is_stop_wanted: bool
    #: The spike rule's verdict, bool [] and fp64 [2] of loss and gradient norm; a spike is skipped.
    is_spike: Any
    limits: Any
    #: In fp16: the scale that the loss had, and whether the step was skipped for an overflow.
    scaled: Scaled | None = None


class Callback(Protocol):
    """Called by the loop on every rank; what only rank 0 does, it decides itself."""

    def start(self, run: Run) -> None:
        """Before the first step of this attempt (after a resume, if it is one)."""

    def after_step(self, run: Run, result: StepResult) -> None:
        """After every optimizer step."""

    def end(self, run: Run) -> None:
        """After the last step, or when the run stops early or fails."""
