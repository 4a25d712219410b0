"""The ``losses`` artifact: the loss of every token of some documents; read without torch.

``documents.parquet`` has a row per document, ``losses.bin`` the losses of all their tokens one
after another (docs/formats.md). Losses are in nats; a document's first token has none (NaN).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.errors import DataError
from training.folder.artifact import Manifest, load_manifest, require_described
from training.tokens.store import TokenStore

KIND = "losses"
FORMAT_VERSION = 1
INFO_FILE = "losses.json"
DOCUMENTS_FILE = "documents.parquet"
LOSSES_FILE = "losses.bin"

DOCUMENTS = pa.schema(
    [
        ("document", pa.int64()),
        ("doc_id", pa.string()),
        ("source", pa.string()),
        ("num_tokens", pa.int64()),
        ("num_targets", pa.int64()),
        ("loss", pa.float64()),
        ("largest", pa.float64()),
        ("first", pa.int64()),
    ]
)
#: How documents are ordered -> column, descending.
ORDERS = {
    "highest": ("loss", "descending"), "lowest": ("loss", "ascending"),
    "longest": ("num_tokens", "descending"), "place": ("document", "ascending"),
}  # fmt: skip

Losses = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TokenLosses:
    """Opened for reading; ``info`` is ``losses.json``."""

    folder: Path
    manifest: Manifest
    info: dict[str, Any]
    table: pa.Table

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open it; DataError when it is none, torn, or written by a newer Trainyard."""
        manifest, info = require_described(
            folder, KIND, INFO_FILE, FORMAT_VERSION, keys=("tokens_id",), advice="Run losses again."
        )
        return cls(folder, manifest, info, pq.read_table(folder / DOCUMENTS_FILE))

    def store(self) -> TokenStore:
        """The tokens that were read; DataError when they are gone, or others stand there now."""
        path = (self.folder / str(self.info["tokens_path"])).resolve()
        if not path.is_dir() or load_manifest(path).id != self.info["tokens_id"]:
            raise DataError(
                "The tokens that were read are gone, so no text can be shown.",
                advice="Run tokenize and losses again.",
            )
        return TokenStore.open(path)

    def ordered(self, order: str, source: str = "") -> pa.Table:
        """Documents in one of `ORDERS`, of one source or all; those without a loss last."""
        table = self.table
        if source:
            table = table.filter(pc.equal(table["source"], source))
        column, way = ORDERS.get(order, ORDERS["highest"])
        places = pc.sort_indices(table, [(column, way), ("document", "ascending")])
        return table.take(places)

    def of(self, document: int) -> tuple[dict[str, Any], Losses]:
        """A document's row and the losses of its tokens; DataError when it was not read."""
        rows = self.table.filter(pc.equal(self.table["document"], document)).to_pylist()
        if not rows:
            raise DataError(f"The document {document:,} is not among those that were read.")
        (row,) = rows
        every = np.memmap(self.folder / LOSSES_FILE, dtype="<f4", mode="r")
        return row, np.array(every[row["first"] : row["first"] + row["num_tokens"]])
