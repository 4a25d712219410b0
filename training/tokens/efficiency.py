"""How well documents fill rows, and how much of the attention lies across their borders. No torch.

Counted over the T inputs of a row, which are what is computed; the last of its T + 1 places is a
target only. Padding counts as one more document, as it does to the mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.specs.packing import Isolation
from training.tokens.packing import Int64
from training.tokens.rows import AnyRows


@dataclass(frozen=True)
class PackingFigures:
    """Rows of T tokens and what is in them.

    ``num_tokens``: inputs that are text; ``num_pieces``: documents or parts of one, row by row;
    ``sum_of_squares``: of the numbers of tokens of the pieces and of the padding of each row.
    """

    num_rows: int
    sequence_length: int
    num_tokens: int
    num_pieces: int
    most_pieces: int
    sum_of_squares: int

    @property
    def num_places(self) -> int:
        """Inputs of all rows, text or padding."""
        return self.num_rows * self.sequence_length

    @property
    def num_padding(self) -> int:
        """Inputs that are no text."""
        return self.num_places - self.num_tokens

    @property
    def efficiency(self) -> float:
        """Text of all that is computed, 0 to 1."""
        return self.num_tokens / max(1, self.num_places)

    @property
    def pieces_per_row(self) -> float:
        """Mean number of documents, or parts of one, in a row."""
        return self.num_pieces / max(1, self.num_rows)

    def crossing_fraction(self, *, is_causal: bool = True) -> float:
        """Pairs (token, token it could look at) of two documents, of all pairs of a row.

        With isolation they are what the mask blocks.
        """
        both_ways = self.num_places * self.sequence_length
        if not is_causal:
            return 1 - self.sum_of_squares / max(1, both_ways)
        within = (self.sum_of_squares + self.num_places) / 2
        return 1 - within / max(1.0, (both_ways + self.num_places) / 2)

    def as_dict(self, isolation: Isolation, *, is_causal: bool = True) -> dict[str, Any]:
        """Plain data for JSON and events."""
        crossing = self.crossing_fraction(is_causal=is_causal)
        return {
            "rows": self.num_rows,
            "tokens": self.num_tokens,
            "padding": self.num_padding,
            "efficiency": self.efficiency,
            "documents_per_row": self.pieces_per_row,
            "most_documents": self.most_pieces,
            "crossing_fraction": crossing,
            "blocked_fraction": crossing if isolation == Isolation.DOCUMENT else 0.0,
        }


def measure(rows: AnyRows) -> PackingFigures:
    """Figures of all rows of a split."""
    return _figures(*rows.row_sizes(), rows.sequence_length)


def measure_rows(rows: AnyRows, row_ids: Int64) -> PackingFigures:
    """Figures of the rows named, each as often as it is named."""
    spans = [[span.num_tokens for span in rows.row(int(row))] for row in row_ids]
    sizes = np.array([size for row in spans for size in row], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in spans])]).astype(np.int64)
    return _figures(sizes, starts, rows.sequence_length)


def _figures(sizes: Int64, starts: Int64, sequence_length: int) -> PackingFigures:
    """From the pieces of rows, row r those from ``starts[r]`` on; no row is empty."""
    filled = np.add.reduceat(sizes, starts[:-1])
    inputs = sizes.copy()
    # The last place of a full row is no input.
    inputs[starts[1:] - 1] -= filled > sequence_length
    padding = np.maximum(0, sequence_length - filled)
    pieces = np.add.reduceat((inputs > 0).astype(np.int64), starts[:-1])
    squares = int(np.dot(inputs, inputs)) + int(np.dot(padding, padding))
    return PackingFigures(
        num_rows=len(filled),
        sequence_length=sequence_length,
        num_tokens=int(inputs.sum()),
        num_pieces=int(pieces.sum()),
        most_pieces=int(pieces.max(initial=0)),
        sum_of_squares=squares,
    )
