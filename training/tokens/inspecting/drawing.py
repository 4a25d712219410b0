"""A batch as it can be drawn: documents, padding, targets and positions of its rows, and figures.

Drawn is what the model gets: the spans, labels and positions are those of the batch. Nothing of
the texts is told. No torch, so that a page can ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.specs.packing import PackingPart
from training.tokens.efficiency import measure, measure_rows
from training.tokens.gathering import NO_DOCUMENT
from training.tokens.labels import IGNORED, next_token_labels, positions_of
from training.tokens.packing import Int64
from training.tokens.rows import AnyRows

#: Rows in one answer, and spans and stretches of targets in one row.
MAX_ROWS = 1024
MAX_SPANS = 1_000


@dataclass(frozen=True)
class Drawing:
    """Which rows make the batch, and how they are read."""

    rows: AnyRows
    row_ids: Int64
    packing: PackingPart
    #: Whether a token sees only what is before it.
    is_causal: bool = True
    #: Whether a place predicts the next token; else an objective draws what is predicted.
    is_next_token: bool = True

    def as_dict(self, first_row: int = 0, num_rows: int = MAX_ROWS) -> dict[str, Any]:
        """``{"sequence_length", "num_rows", "first_row", "isolation", "resets_positions",
        "is_causal", "is_next_token", "batch", "split", "left_out", "notes", "rows"}``.

        ``batch`` and ``split`` are ``PackingFigures`` of the batch and of all rows; ``left_out`` is
        how many tokens of the split are in no row. Of each row ``{"row", "spans", "targets",
        "num_targets", "is_cut"}``: a span is (document or -1, first of its tokens, first place,
        place behind, first position), ``targets`` are stretches (place, place behind) that carry
        loss.
        """
        shown = self.row_ids[first_row : first_row + min(num_rows, MAX_ROWS)]
        batch, split = measure_rows(self.rows, self.row_ids), measure(self.rows)
        isolation = self.packing.isolation
        return {
            "sequence_length": self.rows.sequence_length,
            "num_rows": len(self.row_ids),
            "first_row": first_row,
            "isolation": str(isolation),
            "resets_positions": self.packing.resets_positions,
            "is_causal": self.is_causal,
            "is_next_token": self.is_next_token,
            "batch": batch.as_dict(isolation, is_causal=self.is_causal),
            "split": split.as_dict(isolation, is_causal=self.is_causal),
            "left_out": self.rows.num_dropped_tokens,
            "notes": self.rows.notes(),
            "rows": self._rows(shown) if len(shown) else [],
        }

    def _rows(self, row_ids: Int64) -> list[dict[str, Any]]:
        tokens, documents = self.rows.gather(row_ids)
        mask = self.rows.loss_mask(row_ids)
        labels = next_token_labels(tokens, documents, mask, self.packing)
        has_loss = labels != IGNORED if self.is_next_token else documents[:, :-1] != NO_DOCUMENT
        positions = positions_of(documents[:, :-1], self.packing)
        parts = zip(row_ids.tolist(), documents[:, :-1], has_loss, positions, strict=True)
        return [self._row(*part) for part in parts]

    def _row(
        self,
        row: int,
        documents: Int64,
        has_loss: npt.NDArray[np.bool_],
        positions: Int64,
    ) -> dict[str, Any]:
        starts = {span.document: span.start for span in self.rows.row(row)}
        spans = [
            (document, starts.get(document, 0), begin, end, int(positions[begin]))
            for begin, end in stretches(documents)
            for document in [int(documents[begin])]
        ]
        targets = [pair for pair in stretches(has_loss) if has_loss[pair[0]]]
        return {
            "row": row,
            "spans": spans[:MAX_SPANS],
            "targets": targets[:MAX_SPANS],
            "num_targets": int(has_loss.sum()),
            "is_cut": len(spans) > MAX_SPANS or len(targets) > MAX_SPANS,
        }


def stretches(values: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """[begin, end) of every run of equal neighbours in ``values`` [N]."""
    borders = (np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()
    return list(zip([0, *borders], [*borders, len(values)], strict=True))
