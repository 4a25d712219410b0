"""Rows of a token store as tensors: inputs, labels, document ids and positions.

The only torch-bearing module of ``tokens``. A row is T + 1 tokens; where an objective predicts the
next token, inputs are the first T and labels the last T. With isolation, a label across a document
boundary is ignored and document ids travel with the batch; isolation is never inferred from
positions. Where the store has a loss mask, labels of tokens without loss are ignored too, and so is
padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.model.masks import Documents
from training.specs.packing import Isolation, PackingPart
from training.tokens.packing import Int64
from training.tokens.rows import AnyRows

#: Label of a position that predicts nothing (the value torch's cross-entropy ignores).
IGNORED = -100


@dataclass(frozen=True)
class Batch:
    """One micro-batch. B rows, T tokens each.

    ``labels``: what the head is to say at each place (of a causal model the next token, of a
    masked one the token itself). Parts that only some objectives have are None for the others.
    """

    input_ids: Tensor  # [B, T] int64
    labels: Tensor  # [B, T] int64
    documents: Documents | None
    position_ids: Tensor | None  # [B, T] int64
    num_targets: int
    row_ids: npt.NDArray[np.int64]
    token_type_ids: Tensor | None = None  # [B, T] int64: which sentence of a pair
    pairs: Pairs | None = None


@dataclass(frozen=True)
class Pairs:
    """Pairs of sentences in a micro-batch: N of them."""

    places: Tensor  # [N] int64: where each begins in the flattened rows [B * T]
    is_random: Tensor  # [N] int64: 1 where the second sentence is of another document


@dataclass(frozen=True)
class Gathered:
    """Rows as they stand in the store, T + 1 tokens each; no torch yet."""

    tokens: Int64  # [B, T + 1]
    documents: Int64  # [B, T + 1], -1 at padding
    loss_mask: npt.NDArray[np.bool_] | None  # [B, T + 1], None where every token carries loss
    row_ids: npt.NDArray[np.int64]
    rows: AnyRows

    @classmethod
    def of(cls, rows: AnyRows, row_ids: npt.NDArray[np.int64]) -> Self:
        """The rows named; DataError for ids that the tokenizer does not have."""
        tokens, documents = rows.gather(row_ids)
        return cls(tokens, documents, rows.loss_mask(row_ids), row_ids, rows)


def make_batch(
    rows: AnyRows, row_ids: npt.NDArray[np.int64], packing: PackingPart, device: torch.device
) -> Batch:
    """``row_ids`` [B] as a batch of next tokens on ``device``."""
    return next_token_batch(Gathered.of(rows, row_ids), packing, device)


def next_token_batch(gathered: Gathered, packing: PackingPart, device: torch.device) -> Batch:
    """Every token but the first of a document is a target of the one before it."""
    tokens, documents, row_ids = gathered.tokens, gathered.documents, gathered.row_ids
    labels = tokens[:, 1:].copy()
    mask = gathered.loss_mask
    if mask is not None:
        labels[~mask[:, 1:]] = IGNORED
    if packing.isolation == Isolation.NONE:
        inputs = torch.from_numpy(tokens[:, :-1].copy()).to(device)
        num_targets = int((labels != IGNORED).sum())
        return Batch(inputs, torch.from_numpy(labels).to(device), None, None, num_targets, row_ids)
    is_boundary = documents[:, 1:] != documents[:, :-1]
    labels[is_boundary] = IGNORED
    packed = packed_documents(documents[:, :-1])
    positions = packed.reset_positions().to(device) if packing.resets_positions else None
    return Batch(
        torch.from_numpy(tokens[:, :-1].copy()).to(device),
        torch.from_numpy(labels).to(device),
        packed.to(device),
        positions,
        int((labels != IGNORED).sum()),
        row_ids,
    )


def packed_documents(documents: npt.NDArray[np.int64]) -> Documents:
    """Ids counted from 0 in each row [B, T], and the end offset of each document segment."""
    changes = documents[:, 1:] != documents[:, :-1]
    ids = np.zeros(documents.shape, dtype=np.int32)
    np.cumsum(changes, axis=1, out=ids[:, 1:])
    length = documents.shape[1]
    ends = tuple((*(np.flatnonzero(row) + 1).tolist(), length) for row in changes)
    return Documents(torch.from_numpy(ids), ends)
