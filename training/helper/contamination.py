"""What pages ask of a search for evaluation sets: its hits, item and document side by side.

Personal data is masked in both, whatever a corpus redacts.
"""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.browse import TextReader
from training.corpus.contamination.artifact import HITS_FILE, ITEMS_FILE, Contamination
from training.corpus.excerpts import excerpt_of
from training.errors import DataError

MAX_PAGE = 50
#: Longer than in lists of documents: a question with its answer is to be read.
EXCERPT_CHARACTERS = 900
_NUM_OPEN = 4
_SHOWN = ["set", "item", "file", "line", "text", "num_words", "ngram_words"]


def list_hits(
    folder: str, set_name: str = "", item: int = -1, offset: int = 0, limit: int = 10
) -> dict[str, Any]:
    """A page of the hits, the largest share of an item first; of one set, or of one item.

    ``trouble`` says why no text of documents can be shown; the items are there all the same.
    """
    search = _opened(folder)
    chosen = search.chosen(set_name, item)
    page = chosen[offset : offset + min(limit, MAX_PAGE)]
    hits, texts, trouble = search.rows(page), [], ""
    try:
        texts = search.texts.rows([hit["index"] for hit in hits]) if hits else []
    except DataError as error:
        trouble = str(error)
    documents: list[dict[str, Any] | None] = [*texts] if texts else [None] * len(hits)
    items = search.items.take(pa.array([hit["item"] for hit in hits], pa.int64())).to_pylist()
    return {
        "num_hits": len(chosen),
        "num_documents": len(np.unique(search.documents[chosen])),
        "trouble": trouble,
        "hits": [
            _told(hit, one, text) for hit, one, text in zip(hits, items, documents, strict=True)
        ],
    }


@dataclass
class _Search:
    """The numbers of every hit in memory; spans and texts are read for a page only."""

    contamination: Contamination
    items: pa.Table
    documents: npt.NDArray[np.int64]
    item_numbers: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]

    @functools.cached_property
    def texts(self) -> TextReader:
        """The documents that were searched; DataError when they are gone."""
        return TextReader(self.contamination.documents())

    @functools.cached_property
    def sets(self) -> npt.NDArray[np.object_]:
        """[items] the set of each."""
        return np.array(self.items["set"].to_pylist(), dtype=object)

    def chosen(self, set_name: str, item: int) -> npt.NDArray[np.int64]:
        """Places of the hits of a set or an item, in order."""
        numbers = self.item_numbers[self.order]
        if item >= 0:
            is_chosen: npt.NDArray[np.bool_] = numbers == item
        elif set_name:
            is_chosen = np.asarray(self.sets[numbers] == set_name, dtype=bool)
        else:
            return self.order
        return np.asarray(self.order[is_chosen], dtype=np.int64)

    def rows(self, places: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
        """These hits with their spans, read from the row groups that hold them."""
        found: dict[int, dict[str, Any]] = {}
        start = 0
        with pq.ParquetFile(self.contamination.folder / HITS_FILE) as file:
            for group in range(file.num_row_groups):
                stop = start + file.metadata.row_group(group).num_rows
                here = [place for place in places.tolist() if start <= place < stop]
                if here:
                    rows = file.read_row_group(group).take([place - start for place in here])
                    found |= dict(zip(here, rows.to_pylist(), strict=True))
                start = stop
        return [found[place] for place in places.tolist()]


@functools.lru_cache(maxsize=_NUM_OPEN)
def _opened(folder: str) -> _Search:
    """Artifacts never change, so an open one is good for as long as the process lives."""
    contamination = Contamination.open(Path(folder))
    numbers = pq.read_table(
        contamination.folder / HITS_FILE, columns=["index", "item", "num_ngrams", "item_share"]
    )
    documents, items = numbers["index"].to_numpy(), numbers["item"].to_numpy()
    shares, ngrams = numbers["item_share"].to_numpy(), numbers["num_ngrams"].to_numpy()
    order = np.lexsort((items, documents, -ngrams, -shares))
    table = pq.read_table(contamination.folder / ITEMS_FILE, columns=_SHOWN)
    return _Search(contamination, table, documents, items, order)


def _told(
    hit: dict[str, Any], item: dict[str, Any], document: dict[str, Any] | None
) -> dict[str, Any]:
    text = document["text"] if document else ""
    return {
        "index": hit["index"],
        "doc_id": hit["doc_id"],
        "origin": document["origin"] if document else None,
        "set": item["set"],
        "item_id": item["item"],
        "item": hit["item"],
        "file": item["file"],
        "line": item["line"],
        "num_words": item["num_words"],
        "ngram_words": item["ngram_words"],
        "num_ngrams": hit["num_ngrams"],
        "longest_words": hit["longest_words"],
        "item_share": hit["item_share"],
        "document_share": hit["document_share"],
        "item_text": _excerpt(item["text"], hit["item_spans"]),
        "document_text": _excerpt(text, hit["document_spans"]) if document else None,
    }


def _excerpt(text: str, spans: list[dict[str, int]]) -> dict[str, Any]:
    places = [(span["start"], span["stop"]) for span in spans]
    return asdict(excerpt_of(text, places, EXCERPT_CHARACTERS))
