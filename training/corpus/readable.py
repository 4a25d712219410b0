"""Documents as other programs read them: ids in hex, plain texts for dictionaries, a language.

The language is what the file says, else what was identified.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from training.corpus.documents import ORIGIN
from training.corpus.language.identify import NAMES
from training.corpus.signals.table import SignalTable

#: Columns of a documents artifact that `readable` needs, in its order.
READ = ("doc_id", "text", "source", "language", "origin", "meta")
#: What it gives of each, under the name of the one column that differs between files.
FIELDS = (
    ("text", pa.large_string()),
    ("source", pa.string()),
    ("language", pa.string()),
    ("origin", ORIGIN),
    ("meta", pa.string()),
)


def schema_of(id_name: str) -> pa.Schema:
    """The readable columns, the id under ``id_name``."""
    return pa.schema([(id_name, pa.string()), *FIELDS])


def readable(batch: pa.RecordBatch, detected: pa.StringArray) -> list[pa.Array]:
    """The columns of `schema_of` for a batch of the columns ``READ``."""
    ids = [doc_id.hex() for doc_id in batch.column("doc_id").to_pylist()]
    source, language = (batch.column(name).cast(pa.string()) for name in ("source", "language"))
    return [
        pa.array(ids, pa.string()),
        batch.column("text"),
        source,
        pc.coalesce(pc.if_else(pc.equal(language, ""), None, language), detected),
        batch.column("origin"),
        batch.column("meta"),
    ]


def detected_languages(
    table: SignalTable, places: npt.NDArray[np.int64] | slice
) -> pa.StringArray | None:
    """The language found in each document; null where there was none. None: nobody looked."""
    if table.languages is None:
        return None
    names = pa.array([name or None for name in NAMES], pa.string())
    return names.take(pa.array(np.asarray(table.languages[places])))
