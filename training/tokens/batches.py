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
from training.tokens.labels import (
    IGNORED,
    document_ends,
    document_numbers,
    first_places,
    next_token_labels,
    reset_positions,
)
from training.tokens.packing import Int64
from training.tokens.rows import AnyRows


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
    blank_position_ids: Tensor | None = None  # [B, T] int64: how far inside a blank, from 1


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
    tokens, documents = gathered.tokens, gathered.documents[:, :-1]
    labels = next_token_labels(tokens, gathered.documents, gathered.loss_mask, packing)
    packed = positions = None
    if packing.isolation != Isolation.NONE:
        is_first = first_places(documents)
        packed = Documents(
            torch.from_numpy(document_numbers(is_first)).to(device),
            document_ends(is_first),
            penalty=packing.penalty,
        )
        if packing.resets_positions:
            positions = torch.from_numpy(reset_positions(is_first)).to(device)
    return Batch(
        torch.from_numpy(np.ascontiguousarray(tokens[:, :-1])).to(device),
        torch.from_numpy(labels).to(device),
        packed,
        positions,
        int(np.count_nonzero(labels != IGNORED)),
        gathered.row_ids,
    )


def packed_documents(documents: npt.NDArray[np.int64]) -> Documents:
    """Ids counted from 0 in each row [B, T], and the end offset of each document segment."""
    is_first = first_places(documents)
    return Documents(torch.from_numpy(document_numbers(is_first)), document_ends(is_first))
