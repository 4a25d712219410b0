"""Bytes on disk of a run: checkpoints kept at once, and the model that it leaves.

A checkpoint holds weights, two moments and a step count for each tensor, the random state of every
process, and two JSON texts that name them (``training.loop.checkpoint``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from training.planning.memory import FP32_BYTES
from training.planning.optimizer_state import state_bytes
from training.planning.params import count_parameters, count_tensors
from training.planning.trained import Trained, all_of
from training.specs.model import ModelSpec
from training.specs.optimization import OptimizerKind

#: torch's random state on a CPU.
_RANDOM_BYTES = 5056
#: What the loop remembers of its last steps, with the default window.
_LOOP_BYTES, _NUM_LOOP_TENSORS = 3200, 3
#: What safetensors' header and index.json say of one tensor, about: name, shape, place.
_HEADER_BYTES, _INDEX_BYTES = 120, 320
#: state.json and manifest.json.
_REST_BYTES = 2000
#: An exported folder's configs and tokenizer, about.
_MODEL_FILES_BYTES = 500_000


@dataclass(frozen=True)
class Saving:
    """When a run saves. ``num_steps`` of the run, 0 steps: never; a best one needs validation."""

    num_steps: int
    every_steps: int
    keep_last: int
    validates_every: int
    keep_every: int = 0

    @property
    def num_kept(self) -> int:
        """Checkpoints on disk in the end: the newest ones, the best, those kept for ever."""
        num_saved = -(-self.num_steps // self.every_steps) if self.every_steps else 1
        if self.validates_every:
            num_saved = max(num_saved, -(-self.num_steps // self.validates_every))
        newest = self.keep_last + (1 if self.validates_every else 0)
        return min(num_saved, newest + self._num_for_ever())

    def _num_for_ever(self) -> int:
        """Besides the newest ones, of which the last step's is one."""
        if not (self.every_steps and self.keep_every):
            return 0
        first_newest = self.num_steps - (self.keep_last - 1) * self.every_steps
        return max(0, first_newest - 1) // math.lcm(self.every_steps, self.keep_every)


@dataclass(frozen=True)
class DiskPlan:
    """Bytes of one checkpoint, how many are kept, the model; ``peak`` while one more is written."""

    checkpoint: int
    num_kept: int
    model: int

    @property
    def total(self) -> int:
        """What is there in the end."""
        return self.checkpoint * self.num_kept + self.model

    @property
    def peak(self) -> int:
        """What must be free: a checkpoint is written before an old one goes."""
        return self.checkpoint * (self.num_kept + 1) + self.model


def plan_disk(
    spec: ModelSpec,
    saving: Saving,
    *,
    num_processes: int = 1,
    trained: Trained | None = None,
    optimizer_kind: str = OptimizerKind.ADAMW,
) -> DiskPlan:
    """Disk of a run that trains ``spec`` in fp32, or what ``trained`` says of it."""
    spec = spec.resolve()
    trained = trained or all_of(spec)
    model = weights = count_parameters(spec).total
    tensors = count_tensors(spec)
    if trained.is_adapter:
        model, weights, tensors = trained.num_added, trained.num_added, trained.num_added_tensors
    else:
        # a generator is saved beside the model, and no part of what is left in the end
        weights, tensors = weights + trained.num_added, tensors + trained.num_added_tensors
    return DiskPlan(
        checkpoint=checkpoint_bytes(
            num_weights=weights,
            state_bytes=state_bytes(spec, trained, optimizer_kind),
            num_tensors=tensors,
            num_trained_tensors=trained.num_tensors,
            num_processes=num_processes,
        ),
        num_kept=saving.num_kept,
        model=FP32_BYTES * model + _MODEL_FILES_BYTES,
    )


def checkpoint_bytes(
    *,
    num_weights: int,
    state_bytes: int,
    num_tensors: int,
    num_trained_tensors: int,
    num_processes: int,
) -> int:
    """One checkpoint of so many numbers and so much optimizer's state in so many tensors."""
    named = num_tensors + 3 * num_trained_tensors + num_processes + _NUM_LOOP_TENSORS
    texts = named * (_HEADER_BYTES + _INDEX_BYTES) + _REST_BYTES
    numbers = FP32_BYTES * num_weights + state_bytes + _LOOP_BYTES
    return numbers + num_processes * _RANDOM_BYTES + texts
