"""The texts behind a token store that hold a phrase: documents of a corpus, rows of a task set.

Each comes with its ids and the places of its tokens, encoded as the store's verb encoded it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.search.corpus import CorpusSearch
from training.corpus.search.excerpt import Hit, hits_of
from training.corpus.search.phrase import Phrase
from training.corpus.search.searcher import Found
from training.corpus.signals.batch import TextBatch
from training.folder.artifact import load_manifest
from training.specs.search import Among
from training.tasks.encoding import Encoded, ExampleEncoder
from training.tasks.taskset import TRAIN, VALIDATION, TaskSet
from training.tokenizers.encode import encode_places
from training.tokenizers.load import load_tokenizer
from training.tokens.seen.places import Int64
from training.tokens.store import TokenStore

#: Hits of one text that are followed into the tokens.
MAX_HITS = 100
_BATCH_ROWS = 512


@dataclass(frozen=True)
class HeldText:
    """A text with the phrase. Without ``ids`` and ``places`` it was never encoded: ``why``."""

    index: int
    doc_id: str
    source: str
    origin: dict[str, Any]
    num_hits: int
    hits: list[Hit]
    ids: Int64 | None
    places: Int64 | None
    why: str = ""

    def named(self) -> dict[str, Any]:
        """What names it, as plain data."""
        data = {name: getattr(self, name) for name in ("index", "doc_id", "source", "num_hits")}
        return {
            **data,
            "origin": {name: self.origin.get(name) for name in ("file", "member", "page", "line")},
        }


@dataclass(frozen=True)
class Looked:
    """All texts before ``stop`` have been looked through; the first that hold it, on demand."""

    stop: int
    num_texts: int
    texts: Sequence[Callable[[], HeldText]]


class CorpusTexts:
    """The documents of the corpus that a store was made of; dropped ones too, which say so."""

    kind = "corpus"

    def __init__(self, store: TokenStore) -> None:
        folder = input_of(store, "corpus")
        self._store = store
        self._search = CorpusSearch(folder)
        self._tokenizer = load_tokenizer(store.tokenizer_folder)
        self.total = self._search.num_documents
        self.ids = {
            "corpus": self._search.corpus.manifest.id,
            "documents": self._search.corpus.info.documents_id,
        }

    def holding(self, phrase: Phrase, first: int, limit: int, seconds: float) -> Iterator[Looked]:
        """Texts from ``first`` on that hold the phrase, at most ``limit`` of each piece."""
        limits = {"first": first, "most_documents": limit, "most_hits": MAX_HITS}
        for piece in self._search.search(phrase, Among.ALL, seconds=seconds, **limits):
            held = [partial(self._held, found) for found in piece.found]
            yield Looked(piece.stop, piece.num_documents, held)

    def _held(self, found: Found) -> HeldText:
        is_kept = bool(self._search.corpus.is_kept[found.index])
        ids, places = encode_places(self._tokenizer, found.text) if is_kept else (None, None)
        return HeldText(
            index=found.index,
            doc_id=found.doc_id,
            source=found.source,
            origin=found.origin,
            num_hits=found.num_hits,
            hits=found.hits,
            ids=ids,
            places=places,
            why="" if is_kept else "the rules of the corpus dropped this document",
        )


class ExampleTexts:
    """The training and validation rows of the task set that a store was made of, as examples."""

    kind = "tasks"

    def __init__(self, store: TokenStore) -> None:
        self._tasks = TaskSet.open(input_of(store, "tasks"))
        template = store.info.template or "auto"
        self._encoder = ExampleEncoder(store.tokenizer_folder, template, self._tasks.shape)
        self.total = self._tasks.splits[TRAIN] + self._tasks.splits[VALIDATION]
        self.ids = {"tasks": self._tasks.manifest.id}

    def holding(self, phrase: Phrase, first: int, limit: int, seconds: float) -> Iterator[Looked]:
        """As `CorpusTexts.holding`; rows count through both splits."""
        del limit, seconds
        start = 0
        for split in (TRAIN, VALIDATION):
            rows = self._tasks.rows(split)
            while batch := list(islice(rows, _BATCH_ROWS)):
                texts = TextBatch.of(["\0".join(row_texts(row)) for row in batch])
                is_wanted = np.arange(start, start + len(batch)) >= first
                counts, _ = phrase.find(texts.data, texts.offsets, is_wanted, 0)
                holding = np.flatnonzero(counts).tolist()
                held = [
                    partial(self._held, phrase, start + place, batch[place]) for place in holding
                ]
                start += len(batch)
                yield Looked(start, len(held), held)
        yield Looked(self.total, 0, [])

    def _held(self, phrase: Phrase, index: int, row: dict[str, Any]) -> HeldText:
        (one,) = self._encoder.encode([row])
        text = "\n".join(row_texts(row)) if isinstance(one, str) else one.text
        data = text.encode()
        offsets = np.array([0, len(data)], dtype=np.int64)
        counts, found = phrase.find(
            np.frombuffer(data, dtype=np.uint8), offsets, np.ones(1, dtype=np.bool_), MAX_HITS
        )
        return HeldText(
            index=index,
            doc_id=row["row_id"].hex(),
            source=row["origin"]["file"],
            origin=row["origin"],
            num_hits=int(counts[0]),
            hits=hits_of(data, found[:, 1:].tolist()),
            ids=None if isinstance(one, str) else one.ids,
            places=None if isinstance(one, str) else _places(one),
            why=f"this example was left out: {one}" if isinstance(one, str) else "",
        )


def texts_of(store: TokenStore) -> CorpusTexts | ExampleTexts:
    """What the store was made of; DataError when it is gone."""
    return ExampleTexts(store) if store.info.has_loss_mask else CorpusTexts(store)


def input_of(store: TokenStore, field: str) -> Path:
    spec = load_manifest(store.folder).spec.get("spec", {})
    return (store.folder.parent / str(spec.get(field, ""))).resolve()


def _places(one: Encoded) -> Int64:
    return np.array(one.places, dtype=np.int64).reshape(-1, 2)


def row_texts(row: dict[str, Any]) -> list[str]:
    """Everything in a row that its example may be written from."""
    texts: list[str] = []
    for name, value in row.items():
        if isinstance(value, list):
            texts += [turn["content"] for turn in value]
        elif isinstance(value, str) and name not in ("label", "metadata", "task_type"):
            texts.append(value)
    return [text for text in texts if text]
