"""The hits of documents as a table: written shard by shard, then counted by item and by set."""

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

from training.corpus.contamination.find import Finder, Hit
from training.corpus.contamination.sets import Sets
from training.corpus.documents import shard_batches
from training.corpus.executor import CheckStop
from training.corpus.signals.batch import TextBatch

_FOLDER = "hits"
_GROUP_ROWS = 1 << 16
_SPANS = pa.list_(pa.struct([("start", pa.int64()), ("stop", pa.int64())]))
#: ``item`` is the row of ``items.parquet``, ``index`` the place of the document in its artifact.
HITS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("index", pa.int64()),
        ("set", pa.string()),
        ("item_id", pa.string()),
        ("item", pa.int64()),
        ("num_ngrams", pa.int64()),
        ("longest_words", pa.int64()),
        ("item_share", pa.float32()),
        ("document_share", pa.float32()),
        ("document_spans", _SPANS),
        ("item_spans", _SPANS),
    ]
)
#: Items are counted by how much of them the fullest document holds: at all, half, nearly whole.
HALF, MOST = 0.5, 0.8
#: Items that were left out, named for each reason.
_LISTED = 20


@dataclass(frozen=True)
class HitsWriter:
    """Searches one shard; its hits are a file of their own in ``work``, in order of documents."""

    work: Path
    shards: tuple[Path, ...]
    starts: tuple[int, ...]

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Search every text; the file appears whole or not at all."""
        sets = Sets.open(self.work)
        finder = Finder.open(sets.index, sets.texts)
        names = sets.items.column("set").to_pylist(), sets.items.column("item").to_pylist()
        at = self.starts[shard]
        path = shard_file(self.work, shard)
        draft = path.with_suffix(".tmp")
        with pq.ParquetWriter(draft, HITS, compression="zstd") as writer:
            for batch in shard_batches(self.shards[shard], ("doc_id", "text")):
                check()
                rows = []
                ids = batch.column("doc_id")
                for place, found in finder.hits(TextBatch(batch.column("text"))):
                    check()
                    rows += [
                        _row(ids[place].as_py().hex(), at + place, one, *names) for one in found
                    ]
                if rows:
                    writer.write_table(pa.Table.from_pylist(rows, HITS))
                at += batch.num_rows
        draft.rename(path)
        return at - self.starts[shard]


def shard_file(work: Path, shard: int) -> Path:
    """Where the hits of a shard are put."""
    return work / _FOLDER / f"shard-{shard:05d}.parquet"


def make_folder(work: Path) -> None:
    """The folder of the shards' hits."""
    (work / _FOLDER).mkdir(exist_ok=True)


class Counted:
    """What hits say of each item, and of each set."""

    def __init__(self, items: pa.Table) -> None:
        self.items = items
        self.names = list(dict.fromkeys(items.column("set").to_pylist()))
        self.num_documents = np.zeros(len(items), dtype=np.int64)
        self.best_share = np.zeros(len(items), dtype=np.float32)
        #: The document with the largest share of the item, the first of several.
        self.best_document = np.full(len(items), -1, dtype=np.int64)
        self.num_hits = self.num_contaminated = 0
        self._documents = dict.fromkeys(self.names, 0)

    def gather(self, files: Sequence[Path], out: Path) -> None:
        """Write the hits of all shards to one file, and count them.

        Row groups are of one size, so that the file does not depend on shards.
        """
        waiting = HITS.empty_table()
        with pq.ParquetWriter(out, HITS, compression="zstd") as writer:
            for file in files:
                with pq.ParquetFile(file) as opened:
                    whole = opened.read()
                if len(whole):
                    self._count(whole)
                    waiting = pa.concat_tables([waiting, whole])
                while len(waiting) >= _GROUP_ROWS:
                    writer.write_table(waiting.slice(0, _GROUP_ROWS).combine_chunks())
                    waiting = waiting.slice(_GROUP_ROWS)
            if len(waiting):
                writer.write_table(waiting.combine_chunks())

    def sets(self) -> list[dict[str, Any]]:
        """Each set: items, those left out by reason, and those that documents hold."""
        return [self._set(name) for name in self.names]

    def table(self) -> pa.Table:
        """The items with what was found of them."""
        table = self.items
        for name in ("num_documents", "best_share", "best_document"):
            table = table.append_column(name, pa.array(self._of_all(getattr(self, name))))
        return table

    @property
    def num_contaminated_items(self) -> int:
        """Items of all sets of which a document holds anything."""
        return int((self._of_all(self.num_documents) > 0).sum())

    def _of_all(self, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A copy of an item has what was found of the first of its kind."""
        firsts = self.items.column("copy_of").to_numpy()
        return column[np.where(firsts < 0, np.arange(len(firsts)), firsts)]

    def _count(self, hits: pa.Table) -> None:
        items = hits["item"].to_numpy()
        documents, shares = hits["index"].to_numpy(), hits["item_share"].to_numpy()
        self.num_hits += len(hits)
        self.num_documents += np.bincount(items, minlength=len(self.items))
        # The largest share of each item, of these the first document.
        order = np.lexsort((documents, -shares, items))
        first, places = np.unique(items[order], return_index=True)
        best = order[places]
        better = shares[best] > self.best_share[first]
        self.best_share[first[better]] = shares[best[better]]
        self.best_document[first[better]] = documents[best[better]]
        self.num_contaminated += len(np.unique(documents))
        names = np.array(hits["set"].to_pylist(), dtype=object)
        for name in self._documents:
            self._documents[name] += len(np.unique(documents[names == name]))

    @functools.cached_property
    def _names(self) -> Any:
        return np.array(self.items.column("set").to_pylist(), dtype=object)

    def _set(self, name: str) -> dict[str, Any]:
        here = self._names == name
        shares = self._of_all(self.best_share)[here]
        names = self.items.column("item").filter(pa.array(here)).to_pylist()
        reasons = self.items.column("left_out").filter(pa.array(here)).to_pylist()
        left_out: dict[str, list[str]] = {reason: [] for reason in sorted(set(reasons) - {""})}
        for item, reason in zip(names, reasons, strict=True):
            if reason:
                left_out[reason].append(item)
        return {
            "set": name,
            "items": int(here.sum()),
            "searched": reasons.count(""),
            "left_out": {reason: len(items) for reason, items in left_out.items()},
            "left_out_first": {reason: items[:_LISTED] for reason, items in left_out.items()},
            "contaminated": int((shares > 0).sum()),
            "contaminated_half": int((shares >= HALF).sum()),
            "contaminated_most": int((shares >= MOST).sum()),
            "documents": self._documents[name],
        }


def _row(
    doc_id: str, index: int, hit: Hit, set_names: Sequence[str], item_names: Sequence[str]
) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "index": index,
        "set": set_names[hit.item],
        "item_id": item_names[hit.item],
        "item": hit.item,
        "num_ngrams": hit.num_ngrams,
        "longest_words": hit.longest_words,
        "item_share": hit.item_share,
        "document_share": hit.document_share,
        "document_spans": [{"start": a, "stop": b} for a, b in hit.document_spans],
        "item_spans": [{"start": a, "stop": b} for a, b in hit.item_spans],
    }
