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


def first_places(documents: Int64) -> npt.NDArray[np.bool_]:
    """Where [B, T] a document begins, or padding; the first place of a row always."""
    is_first = np.ones(documents.shape, dtype=np.bool_)
    np.not_equal(documents[:, 1:], documents[:, :-1], out=is_first[:, 1:])
    return is_first


def document_numbers(is_first: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Documents counted from 0 in each row [B, T], from where they begin; padding is one more."""
    numbers = np.cumsum(is_first, axis=1, dtype=np.int32)
    numbers -= 1
    return numbers


def document_ends(is_first: npt.NDArray[np.bool_]) -> tuple[tuple[int, ...], ...]:
    """For each row [B, T] the places behind its documents, ascending, the last one T."""
    num_rows, length = is_first.shape
    starts = np.flatnonzero(is_first)
    ends = np.append(starts[1:], num_rows * length)
    ends -= starts // length * length
    stops = np.cumsum(np.count_nonzero(is_first, axis=1)).tolist()
    every = ends.tolist()
    return tuple(tuple(every[a:b]) for a, b in zip([0, *stops], stops, strict=False))


def reset_positions(is_first: npt.NDArray[np.bool_]) -> Int64:
    """Positions [B, T] that restart at 0 with each document."""
    starts = np.flatnonzero(is_first)
    positions = np.arange(is_first.size)
    positions -= np.repeat(starts, np.diff(starts, append=is_first.size))
    return positions.reshape(is_first.shape)


def positions_of(documents: Int64, packing: PackingPart) -> Int64:
    """Positions [B, T] as the model counts them: from 0 in each document, or in each row."""
    if packing.isolation == Isolation.NONE or not packing.resets_positions:
        return np.broadcast_to(np.arange(documents.shape[1]), documents.shape).copy()
    return reset_positions(first_places(documents))
