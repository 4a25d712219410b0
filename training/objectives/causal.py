"""Causal language modelling: predict the next token of the same document.

Returns the *sum* of the losses of all targets, not their mean, so that micro-batches and processes
with different numbers of targets add up to exactly one mean over the whole optimizer step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.tokens.batches import IGNORED, Batch


def loss(model: nn.Module, batch: Batch) -> Tensor:
    """Sum over targets of the cross-entropy in nats, fp32 scalar.

    ``batch.input_ids`` [B, T]; ``batch.labels`` [B, T] with IGNORED where nothing is predicted.
    """
    output = model(
        input_ids=batch.input_ids,
        documents=batch.documents,
        position_ids=batch.position_ids,
    )
    logits = output.logits  # [B, T, V]
    return functional.cross_entropy(
        logits.view(-1, logits.size(-1)).to(torch.float32),
        batch.labels.view(-1),
        ignore_index=IGNORED,
        reduction="sum",
    )
