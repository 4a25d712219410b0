"""Documents that stay whatever the rules say: marked one by one, or all of a source.

The rules come first and drop what they drop; what is marked comes back at the end, instantly. A
rule that chooses among copies does not know of it, so a document that is marked never costs
another one its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.errors import DataError
from training.folder.atomic import read_json, write_json

if TYPE_CHECKING:
    # Pages read marks too, and a page loads no columns.
    from training.corpus.amounts import Int64
    from training.corpus.signals.table import SignalTable

KEEP_FILE = "keep.json"
_HALF = 16


@dataclass(frozen=True)
class AlwaysKept:
    """Ids of documents (32 hex digits) and names of sources."""

    doc_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @classmethod
    def of(cls, doc_ids: Sequence[str], sources: Sequence[str]) -> AlwaysKept:
        """Each once, in order; ids in lower case."""
        return cls(tuple(sorted({one.lower() for one in doc_ids})), tuple(sorted(set(sources))))

    @classmethod
    def read(cls, corpus: Path) -> AlwaysKept:
        """What a corpus artifact keeps; nothing where it says nothing."""
        return cls.parsed(read_json(corpus / KEEP_FILE))

    @classmethod
    def parsed(cls, data: Any) -> AlwaysKept:
        """From plain data; DataError when it is none of ours."""
        if data is None:
            return cls()
        try:
            return cls.of(data["doc_ids"], data["sources"])
        except (TypeError, KeyError, AttributeError) as error:
            raise DataError(f"{KEEP_FILE} is damaged.", advice="Clean again.") from error

    def write(self, draft: Path) -> None:
        """Into a corpus artifact; one that keeps nothing has no such file."""
        if self:
            write_json(draft / KEEP_FILE, self.as_dict())

    def as_dict(self) -> dict[str, list[str]]:
        """As `parsed` takes it."""
        return {"doc_ids": list(self.doc_ids), "sources": list(self.sources)}

    def __bool__(self) -> bool:
        return bool(self.doc_ids or self.sources)

    def places(self, signals: SignalTable) -> Int64:
        """Places of the marked documents that are there, ascending."""
        named = self._named(signals)
        sources = set(self.sources)
        wanted = [place for place, name in enumerate(signals.source_names) if name in sources]
        if not wanted:
            return named
        return np.union1d(named, np.flatnonzero(np.isin(signals.sources, wanted)))

    def unknown(self, signals: SignalTable) -> list[str]:
        """Ids and sources that none of the documents has."""
        there = {signals.doc_id(int(place)) for place in self._named(signals)}
        known = set(signals.source_names)
        return [
            *(one for one in self.doc_ids if one not in there),
            *(one for one in self.sources if one not in known),
        ]

    def _named(self, signals: SignalTable) -> Int64:
        if not self.doc_ids or not len(signals):
            return np.empty(0, dtype=np.int64)
        wanted = np.array([_halves(one) for one in self.doc_ids], dtype=np.uint64)
        order, first = signals.by_id
        low = np.searchsorted(first, wanted[:, 0], side="left")
        high = np.searchsorted(first, wanted[:, 0], side="right")
        found = [
            order[at]
            for start, stop, half in zip(low, high, wanted[:, 1], strict=True)
            for at in range(start, stop)
            if signals.ids[order[at], 1] == half
        ]
        return np.sort(np.array(found, dtype=np.int64))


def _halves(doc_id: str) -> tuple[int, int]:
    return int(doc_id[:_HALF], 16), int(doc_id[_HALF:], 16)
