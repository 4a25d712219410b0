"""What an objective is: how a batch is made of rows, its loss, and what validation measures.

The loop knows no more of it. All that is drawn for a batch comes from ``Draws``, that is from the
place of a row in the order, so that a resumed run is the unbroken one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.errors import Problem, SpecError
from training.specs.model import ModelSpec
from training.specs.train import TrainSpec
from training.tokens.batches import Batch, Gathered
from training.tokens.draws import Draws
from training.tokens.store import TokenStore

#: Numbers that batches and processes add up, float64 [N].
Sums = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """What an objective is made from: the resolved spec, the model with its vocabulary, tokens."""

    spec: TrainSpec
    model: ModelSpec
    store: TokenStore


def require_texts(setting: Setting) -> None:
    """SpecError for tokens of examples, whose marks of what carries loss would count for naught."""
    if setting.store.info.has_loss_mask:
        raise SpecError(
            [
                Problem(
                    "tokens",
                    f"the objective {setting.spec.objective} hides parts of texts, and these are "
                    "examples of a task set, of which only the answers carry loss",
                    got="tokens of examples",
                    expected="tokens of a corpus",
                    hint="Use causal or prefix on examples.",
                )
            ]
        )


class Objective(Protocol):
    """One way of learning from rows of tokens."""

    #: How many numbers ``tally`` gives.
    num_sums: int

    def batch(self, gathered: Gathered, draws: Draws, device: torch.device) -> Batch:
        """The rows as the model reads them, with what it is to say."""
        ...

    def __call__(self, model: Any, batch: Batch) -> Tensor:
        """The *sum* over ``batch.num_targets`` targets of their losses in nats, fp32 scalar.

        The loop adds up sums and divides once. Another term than the one that is counted gets a
        weight that does not depend on the batch, so that accumulation changes nothing.
        """
        ...

    def tally(self, model: Any, batch: Batch) -> Sums:
        """What validation adds up over batches and processes."""
        ...

    def figures(self, sums: Sums) -> dict[str, float]:
        """From what was added up: "loss", the mean per target, and the metrics of its row."""
        ...


class PerTarget(ABC):
    """Of objectives that measure their loss alone: its sum and the number of targets."""

    num_sums = 2

    def tally(self, model: Any, batch: Batch) -> Sums:
        """(sum of losses in nats, number of targets)."""
        return np.array([self(model, batch).item(), batch.num_targets], dtype=np.float64)

    def figures(self, sums: Sums) -> dict[str, float]:
        """The mean."""
        return {"loss": float(sums[0]) / max(1.0, float(sums[1]))}

    @abstractmethod
    def __call__(self, model: Any, batch: Batch) -> Tensor:
        """The sum of the losses, as in ``Objective``."""
