"""Signal tables made from texts, with no files."""

from __future__ import annotations

import pyarrow as pa

from training.corpus.documents import document_id
from training.corpus.signals.table import SignalTable, signals_of


def table_of(texts: list[str], sources: list[str] | None = None) -> SignalTable:
    """The signals of these texts; document n has the id of place n."""
    ids = pa.array([document_id("", "", n) for n in range(len(texts))], pa.binary(16))
    labels = pa.array(sources or ["web"] * len(texts)).dictionary_encode()
    batch = pa.RecordBatch.from_arrays(
        [ids, labels, pa.array(texts, pa.large_string())], names=["doc_id", "source", "text"]
    )
    names = sorted(set(sources or ["web"]))
    return SignalTable.of(signals_of(batch, names), names)
