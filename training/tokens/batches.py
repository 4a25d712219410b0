"""Rows of a token store as tensors: inputs, labels, document ids and positions.

The only torch-bearing module of ``tokens``. A row is T + 1 tokens; inputs are the first T, labels
the last T. With isolation, a label across a document boundary is ignored and document ids travel
with the batch; isolation is never inferred from positions. Where the store has a loss mask, labels
of tokens without loss are ignored too, and so is padding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.model.masks import Documents
from training.specs.packing import Isolation, PackingPart
from training.tokens.rows import AnyRows

#: Label of a position that predicts nothing (the value torch's cross-entropy ignores).
IGNORED = -100


@dataclass(frozen=True)
class Batch:
    """One micro-batch. B rows, T tokens each."""

    input_ids: Tensor  # [B, T] int64
    labels: Tensor  # [B, T] int64
    documents: Documents | None
    position_ids: Tensor | None  # [B, T] int64
    num_targets: int
    row_ids: npt.NDArray[np.int64]


def make_batch(
    rows: AnyRows, row_ids: npt.NDArray[np.int64], packing: PackingPart, device: torch.device
) -> Batch:
    """Gather ``row_ids`` [B] into a batch on ``device``."""
    tokens, documents = rows.gather(row_ids)
    labels = tokens[:, 1:].copy()
    mask = rows.loss_mask(row_ids)
    if mask is not None:
        labels[~mask[:, 1:]] = IGNORED
    if packing.isolation == Isolation.NONE:
        inputs = torch.from_numpy(tokens[:, :-1].copy()).to(device)
        num_targets = int((labels != IGNORED).sum())
        return Batch(inputs, torch.from_numpy(labels).to(device), None, None, num_targets, row_ids)
    is_boundary = documents[:, 1:] != documents[:, :-1]
    labels[is_boundary] = IGNORED
    packed = _packed(documents[:, :-1])
    positions = packed.reset_positions().to(device) if packing.resets_positions else None
    return Batch(
        torch.from_numpy(tokens[:, :-1].copy()).to(device),
        torch.from_numpy(labels).to(device),
        packed.to(device),
        positions,
        int((labels != IGNORED).sum()),
        row_ids,
    )


def _packed(documents: npt.NDArray[np.int64]) -> Documents:
    """Ids counted from 0 in each row [B, T], and the end offset of each document segment."""
    changes = documents[:, 1:] != documents[:, :-1]
    ids = np.zeros(documents.shape, dtype=np.int32)
    np.cumsum(changes, axis=1, out=ids[:, 1:])
    length = documents.shape[1]
    ends = tuple((*(np.flatnonzero(row) + 1).tolist(), length) for row in changes)
    return Documents(torch.from_numpy(ids), ends)
