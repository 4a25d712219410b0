"""Work on a shard: its documents written with all edits made, and what was done told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.corpus.documents import DocumentWriter
from training.corpus.executor import CheckStop
from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.chain import Chain
from training.corpus.transforms.record import RecordRoom
from training.folder.atomic import fsync_tree

_TEXT = 1
#: Documents that are left out and named, per shard and in all.
_NAMED = 100
_ONE_SHARD_BYTES = 1 << 62


@dataclass(frozen=True)
class Rewriter:
    """Reads a shard through all transforms; files lie below ``folder``."""

    chain: Chain
    folder: Path
    min_characters: int
    records: RecordRoom

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Write the shard; returns how many documents were read."""
        room = _room(self.folder, shard)
        room.mkdir(parents=True, exist_ok=True)
        count = _Count()
        with (
            DocumentWriter(room, _ONE_SHARD_BYTES) as writer,
            self.records.opened(shard, self.chain.names) as watch,
        ):
            for rows, batch in self.chain.read(shard, check, watch):
                texts = batch.texts.texts
                is_kept = _num_characters(batch.texts) >= self.min_characters
                count.add(rows, texts, is_kept)
                whole = rows.set_column(_TEXT, rows.schema.field(_TEXT), texts)
                if is_kept.any():
                    writer.write(whole if is_kept.all() else whole.filter(pa.array(is_kept)))
        (room / "count.json").write_text(json.dumps(count.told()))
        fsync_tree(room)
        return self.chain.starts[shard + 1] - self.chain.starts[shard]


class _Count:
    """Documents and bytes before and after, and which documents were left out."""

    def __init__(self) -> None:
        self.numbers = dict.fromkeys(
            ("documents", "bytes", "documents_after", "bytes_after", "changed"), 0
        )
        self.gone: list[dict[str, Any]] = []
        self.num_gone = 0
        self.gone_bytes = 0

    def add(self, rows: pa.RecordBatch, texts: pa.Array, is_kept: npt.NDArray[np.bool_]) -> None:
        before, after = _sizes(rows.column(_TEXT)), _sizes(texts)
        self.numbers["documents"] += len(before)
        self.numbers["bytes"] += int(before.sum())
        self.numbers["documents_after"] += int(is_kept.sum())
        self.numbers["bytes_after"] += int(after[is_kept].sum())
        is_same = pc.equal(rows.column(_TEXT), texts).to_numpy(zero_copy_only=False)
        self.numbers["changed"] += int((~is_same & is_kept).sum())
        self.num_gone += int((~is_kept).sum())
        self.gone_bytes += int(before[~is_kept].sum())
        for place in np.flatnonzero(~is_kept)[: _NAMED - len(self.gone)].tolist():
            named = rows.slice(place, 1).select(["doc_id", "source", "origin"]).to_pylist()[0]
            self.gone.append({**named, "doc_id": named["doc_id"].hex()})

    def told(self) -> dict[str, Any]:
        gone = {"documents": self.num_gone, "bytes": self.gone_bytes, "first": self.gone}
        return {"total": self.numbers, "left_out": gone}


def left_out(folder: Path, num_shards: int) -> tuple[dict[str, Any], dict[str, int]]:
    """(what was left out, totals) of all shards."""
    gone: dict[str, Any] = {"documents": 0, "bytes": 0, "first": []}
    total: dict[str, int] = {}
    for shard in range(num_shards):
        told = json.loads((_room(folder, shard) / "count.json").read_text())
        for name, number in told["total"].items():
            total[name] = total.get(name, 0) + number
        gone["documents"] += told["left_out"]["documents"]
        gone["bytes"] += told["left_out"]["bytes"]
        gone["first"] = [*gone["first"], *told["left_out"]["first"]][:_NAMED]
    return gone, total


def shard_file(folder: Path, shard: int) -> Path | None:
    """The documents of a shard; None when all of them were left out."""
    path = _room(folder, shard) / "shard-00000.parquet"
    return path if path.exists() and pq.read_metadata(path).num_rows else None


def _room(folder: Path, shard: int) -> Path:
    return folder / "shards" / f"{shard:05d}"


def _sizes(texts: pa.Array) -> npt.NDArray[np.int64]:
    sizes: npt.NDArray[np.int64] = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    return sizes


def _num_characters(texts: TextBatch) -> npt.NDArray[np.int64]:
    """Characters of each text without white space at its ends."""
    lengths = pc.utf8_length(pc.utf8_trim_whitespace(texts.texts))
    numbers: npt.NDArray[np.int64] = lengths.to_numpy(zero_copy_only=False)
    return numbers
