"""Causal language modelling: predict the next token of the same document.

Returns the *sum* of the losses of all targets, not their mean, so that micro-batches and processes
with different numbers of targets add up to exactly one mean over the whole optimizer step.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.model.network import TrainyardModel
from training.objectives.cross_entropy import vocabulary_loss
from training.objectives.objective import PerTarget, Setting
from training.tokens.batches import Batch, Gathered, next_token_batch
from training.tokens.draws import Draws


class Causal(PerTarget):
    """Nothing is drawn: every row is read as it stands."""

    def __init__(self, setting: Setting) -> None:
        self.packing = setting.spec.packing

    def batch(self, gathered: Gathered, draws: Draws, device: torch.device) -> Batch:
        """Each token with the next one as its label."""
        return next_token_batch(gathered, self.packing, device)

    def __call__(self, model: TrainyardModel, batch: Batch) -> Tensor:
        """Sum over targets of the cross-entropy in nats, fp32 scalar."""
        return loss(model, batch)


def loss(model: TrainyardModel, batch: Batch) -> Tensor:
    """Sum over targets of the cross-entropy in nats, fp32 scalar.

    ``batch.input_ids`` [B, T]; ``batch.labels`` [B, T] with IGNORED where nothing is predicted.
    """
    output = model(
        input_ids=batch.input_ids,
        documents=batch.documents,
        position_ids=batch.position_ids,
        returns_hidden=True,
    )
    (hidden,) = output.hidden_states  # [B, T, D]
    return vocabulary_loss(model, hidden.flatten(0, 1), batch.labels.view(-1))
