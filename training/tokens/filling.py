"""How a token store would fill rows, before a run is made of it: counted, or estimated from a part.

The figures are those that a run says of all its rows (``training.tokens.efficiency``); of a large
store they are those of evenly spread stretches, which is told.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.specs.packing import PackingPart
from training.tokens.efficiency import measure
from training.tokens.rows import rows_of_split
from training.tokens.sampling import sample_of
from training.tokens.store import TokenStore

#: Documents, and rows, that are packed for the figures: a fraction of a second.
_MOST_DOCUMENTS = 50_000
_MOST_ROWS = 200_000


@dataclass(frozen=True)
class Filling:
    """Rows of a split at a length. Fractions are 0 to 1; ``cut`` counts documents.

    ``num_cut``: split over rows or cut off; ``num_dropped``: examples that are in no row;
    ``left_out``: tokens of the split that are in no row. ``num_counted`` documents were looked at
    and counts are scaled from them.
    """

    num_rows: int
    num_documents: int
    num_counted: int
    efficiency: float
    documents_per_row: float
    crossing: float
    num_cut: int
    num_dropped: int
    left_out: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def filling_of(
    folder: Path,
    sequence_length: int,
    packing: PackingPart,
    *,
    is_causal: bool = True,
    split: str = "train",
    most_documents: int = _MOST_DOCUMENTS,
) -> Filling:
    """Figures of the store in ``folder``; DataError where not one row can be made."""
    store = TokenStore.open(folder)
    first, last = store.documents(split)
    num_documents, num_tokens = last - first, store.num_tokens(split)
    most = _MOST_ROWS * sequence_length * num_documents // max(1, num_tokens)
    sample = sample_of(store, split, min(most_documents, most))
    rows = rows_of_split(sample, split, sequence_length, packing)
    first, last = sample.documents(split)
    scale = num_tokens / max(1, sample.num_tokens(split))
    figures = measure(rows)
    return Filling(
        num_rows=round(figures.num_rows * scale),
        num_documents=num_documents,
        num_counted=last - first,
        efficiency=figures.efficiency,
        documents_per_row=figures.pieces_per_row,
        crossing=figures.crossing_fraction(is_causal=is_causal),
        num_cut=round(rows.num_cut_documents * scale),
        num_dropped=round(rows.num_dropped_documents * scale),
        left_out=rows.num_dropped_tokens / max(1, sample.num_tokens(split)),
    )
