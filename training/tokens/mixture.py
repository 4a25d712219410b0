"""Weights of sources as weights of rows, from which the order of a run is made.

A row counts as its documents do: each by its share of the row's tokens. Rows that lie within one
source (nearly all, where files have one source each) have that source's weight exactly; a row with
documents of two sources has the mean, so the amounts of a run are met in expectation, token by
token, whatever was packed beside what.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from training.tokens.rows import AnyRows

#: Rows looked at in one go; memory is some tens of bytes for each of their tokens.
_BATCH_TOKENS = 1 << 22


def row_weights(rows: AnyRows, weights: Mapping[str, float]) -> npt.NDArray[np.float64] | None:
    """The weight of each row [rows]; None where every source counts once."""
    of_source = np.array([weights.get(name, 1.0) for name in rows.store.info.sources])
    if (of_source == 1.0).all():
        return None
    of_document = of_source[rows.store.source_ids]
    found = np.empty(len(rows))
    step = max(1, _BATCH_TOKENS // (rows.sequence_length + 1))
    for start in range(0, len(rows), step):
        stop = min(start + step, len(rows))
        _, documents = rows.gather(np.arange(start, stop))
        is_there = documents >= 0
        sums = np.where(is_there, of_document[np.maximum(documents, 0)], 0.0).sum(axis=1)
        found[start:stop] = sums / np.maximum(1, is_there.sum(axis=1))
    return found
