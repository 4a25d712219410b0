"""A corpus version opened for search, and its answers as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.corpus.corpus import Corpus
from training.corpus.search.phrase import Phrase
from training.corpus.search.searcher import Found, Piece, Searcher
from training.corpus.signals.table import SIGNALS_FOLDER
from training.specs.search import Among


class CorpusSearch:
    """Searches one corpus version, whose folder never changes."""

    def __init__(self, folder: Path, *, num_workers: int = 2) -> None:
        self.corpus = Corpus.open(folder)
        self.searcher = Searcher(
            self.corpus.documents, folder / SIGNALS_FOLDER, num_workers=num_workers
        )

    @property
    def num_documents(self) -> int:
        """Documents of the corpus, dropped ones included."""
        return self.corpus.info.num_documents

    def search(self, phrase: Phrase, among: Among, **limits: Any) -> Iterator[Piece]:
        """`Searcher.search` among the kept documents or all of them."""
        mask = self.corpus.is_kept if among == Among.KEPT else None
        yield from self.searcher.search(phrase, among=mask, **limits)

    def row(self, found: Found) -> dict[str, Any]:
        """A document with its hits."""
        data = asdict(found)
        del data["text"]
        return {**data, "is_kept": bool(self.corpus.is_kept[found.index])}
