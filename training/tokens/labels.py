"""What the places of rows predict, to which document they belong, and their positions. No torch.

These arrays become the tensors of a batch (``training.tokens.batches``), and what is drawn of a
batch is drawn from them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.specs.packing import Isolation, PackingPart

Int64 = npt.NDArray[np.int64]

#: Label of a position that predicts nothing (the value torch's cross-entropy ignores).
IGNORED = -100


def next_token_labels(
    tokens: Int64, documents: Int64, loss_mask: npt.NDArray[np.bool_] | None, packing: PackingPart
) -> Int64:
    """Labels [B, T] of rows [B, T + 1]: the next token, or IGNORED.

    With isolation nothing predicts the first token of the next document; what the mask leaves out
    carries no loss in any case.
    """
    labels = tokens[:, 1:].copy()
    if loss_mask is not None:
        labels[~loss_mask[:, 1:]] = IGNORED
    if packing.isolation != Isolation.NONE:
        labels[documents[:, 1:] != documents[:, :-1]] = IGNORED
    return labels


def document_numbers(documents: Int64) -> npt.NDArray[np.int32]:
    """Documents counted from 0 in each row [B, T]; padding is one more."""
    numbers = np.zeros(documents.shape, dtype=np.int32)
    np.cumsum(documents[:, 1:] != documents[:, :-1], axis=1, out=numbers[:, 1:])
    return numbers


def positions_of(documents: Int64, packing: PackingPart) -> Int64:
    """Positions [B, T] as the model counts them: from 0 in each document, or in each row."""
    places = np.broadcast_to(np.arange(documents.shape[1]), documents.shape)
    if packing.isolation == Isolation.NONE or not packing.resets_positions:
        return places.copy()
    begins = np.zeros(documents.shape, dtype=np.int64)
    is_first = documents[:, 1:] != documents[:, :-1]
    np.multiply(is_first, places[:, 1:], out=begins[:, 1:])
    return places - np.maximum.accumulate(begins, axis=1)
