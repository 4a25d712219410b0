"""What one search for evaluation items gives the signals of a corpus: a column, and the places.

``score-contamination-<id>-v1.npy``: int32, for each document how many runs of words it shares with
the item of which it holds the most. ``found-contamination-<id>-v1.npy``: a row for every place,
`PLACES`, in order of documents; the ``.json`` beside it names the items. The id is that of the
contamination artifact's manifest.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.contamination.artifact import HITS_FILE, ITEMS_FILE, Contamination
from training.corpus.documents import Documents
from training.corpus.signals.table import SCORES_PREFIX, save_column
from training.errors import DataError
from training.folder.atomic import read_json, write_json
from training.specs.contamination_rules import ContaminationRule
from training.specs.transform_parts import CutContaminationPart

#: Raised when the same hits would give other columns.
_VERSION = 1
_NUM_OPEN = 8
#: ``item`` is a place in the list of the ``.json``; places are of characters.
PLACES = np.dtype(
    [
        ("document", np.int64),
        ("start", np.int64),
        ("stop", np.int64),
        ("item", np.int32),
        ("num_ngrams", np.int32),
        ("item_share", np.float32),
    ]
)


@dataclass(frozen=True)
class FoundItem:
    """An item that some document holds; it was looked for by runs of ``ngram_words``."""

    set: str
    item: str
    ngram_words: int
    num_words: int

    @property
    def is_whole(self) -> bool:
        """Whether it is so short that it was looked for as a whole."""
        return self.ngram_words == self.num_words


@dataclass(frozen=True)
class FoundPlaces:
    """Where documents hold items."""

    rows: npt.NDArray[np.void]
    items: tuple[FoundItem, ...]

    def of(self, document: int) -> npt.NDArray[np.void]:
        """The rows of one document."""
        documents = self.rows["document"]
        start, stop = np.searchsorted(documents, [document, document + 1])
        return self.rows[start:stop]


def counts(
    rows: npt.NDArray[np.void], options: ContaminationRule | CutContaminationPart
) -> npt.NDArray[np.bool_]:
    """Which places are of an item that their document holds too much of."""
    # As it is stored: 0.8 as a number of 64 bits is less than 0.8 as one of 32.
    share = np.float32(options.item_share)
    is_counted: npt.NDArray[np.bool_] = (rows["num_ngrams"] > options.at_most) & (
        rows["item_share"] >= share
    )
    return is_counted


def column_name(contamination_id: str) -> str:
    """As ``score-contamination-<id>-v1``."""
    return f"{SCORES_PREFIX}contamination-{contamination_id}-v{_VERSION}"


def found_name(contamination_id: str) -> str:
    """The files with the places, without their endings."""
    return f"found-contamination-{contamination_id}-v{_VERSION}"


@functools.lru_cache(maxsize=_NUM_OPEN)
def read_places(signals: Path, contamination_id: str) -> FoundPlaces:
    """What stands beside the signals; files there never change."""
    name = found_name(contamination_id)
    listed = read_json(signals / f"{name}.json") or []
    rows = np.load(signals / f"{name}.npy", mmap_mode="r")
    return FoundPlaces(rows, tuple(FoundItem(*one) for one in listed))


def write_column(contamination: Path, documents: Documents, signals: Path, id: str) -> None:
    """Write column and places; DataError when the search was through other documents."""
    rows = found_rows(contamination, documents)
    items = _named(contamination, rows)
    column = np.zeros(documents.num_documents, dtype=np.int32)
    np.maximum.at(column, rows["document"], rows["num_ngrams"])
    write_json(signals / f"{found_name(id)}.json", items)
    save_column(signals / f"{found_name(id)}.npy", rows)
    # Last: where the column is, the places are too.
    save_column(signals / f"{column_name(id)}.npy", column)


def found_rows(contamination: Path, documents: Documents) -> npt.NDArray[np.void]:
    """A row for every place, `PLACES`, by document; ``item`` is the row of ``items.parquet``.

    DataError when the search was through other documents.
    """
    info = Contamination.open(contamination).info
    if info["documents_id"] != documents.manifest.id:
        raise DataError(
            "The contamination was searched in other documents than these, so nobody knows what "
            "these hold.",
            advice="Run decontaminate over these documents, and name its output.",
        )
    wanted = ["index", "item", "num_ngrams", "item_share", "document_spans"]
    with pq.ParquetFile(contamination / HITS_FILE) as file:
        parts = [_rows(batch) for batch in file.iter_batches(columns=wanted)]
    return np.concatenate(parts) if parts else np.empty(0, PLACES)


def _named(contamination: Path, rows: npt.NDArray[np.void]) -> list[list[Any]]:
    """The items that the rows hold; ``item`` of each row becomes the place in this list."""
    numbers, places = np.unique(rows["item"], return_inverse=True)
    rows["item"] = places
    named = pq.read_table(
        contamination / ITEMS_FILE, columns=["set", "item", "ngram_words", "num_words"]
    ).take(pa.array(numbers, pa.int64()))
    columns: Sequence[list[Any]] = [column.to_pylist() for column in named.columns]
    return [list(one) for one in zip(*columns, strict=True)]


def _rows(batch: pa.RecordBatch) -> npt.NDArray[np.void]:
    spans = batch.column("document_spans")
    counts = np.diff(spans.offsets.to_numpy())
    flat = spans.flatten()
    rows = np.empty(len(flat), dtype=PLACES)
    rows["start"], rows["stop"] = flat.field("start").to_numpy(), flat.field("stop").to_numpy()
    for name, column in (
        ("document", "index"), ("item", "item"), ("num_ngrams", "num_ngrams"),
        ("item_share", "item_share"),
    ):  # fmt: skip
        rows[name] = np.repeat(batch.column(column).to_numpy(), counts)
    return rows
