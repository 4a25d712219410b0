"""Cuts the runs of words that documents share with items of evaluation sets.

What is cut was found by the verb ``decontaminate`` in these same documents, so this transform works
first: the places are those of the texts as they were searched. Cuts begin and end at the borders
of words; signs that a cut leaves behind stay.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.corpus.contamination.column import counts, found_rows
from training.corpus.contamination.words import Word, cut
from training.corpus.documents import Documents
from training.corpus.transforms.edits import Edits
from training.corpus.transforms.transform import Batch, Editor, Passes
from training.specs.transform_parts import CutContaminationPart

_SPANS = "spans.npy"

Spans = npt.NDArray[np.int64]


class CutContamination:
    """Reads the places that `take_over` put into its folder."""

    reasons = ("stands in an item of an evaluation set",)

    def __init__(self, options: CutContaminationPart, folder: Path) -> None:
        self.options = options
        self._file = folder / _SPANS

    def prepare(self, passes: Passes) -> None:
        """Nothing: the documents were searched by a job of its own."""

    def editor(self, shard: int) -> Editor:
        """The same for all shards: places are of all documents."""
        spans: Spans = np.load(self._file, mmap_mode="r")
        return lambda batch: Edits.of(self._rows(batch, spans))

    def _rows(self, batch: Batch, spans: Spans) -> Iterator[tuple[int, int, int, int, bytes]]:
        bounds = [batch.first, batch.first + len(batch)]
        begin, end = np.searchsorted(spans[:, 0], bounds).tolist()
        here = spans[begin:end]
        for document in np.unique(here[:, 0]).tolist():
            place = document - batch.first
            text = batch.texts.texts[place].as_py()
            found = here[here[:, 0] == document, 1:].tolist()
            if self.options.around_words:
                found = _wider(cut(text), found, self.options.around_words)
            at = num_bytes = 0
            for start, stop in found:
                before = num_bytes + len(text[at:start].encode())
                num_bytes = before + len(text[start:stop].encode())
                at = stop
                yield place, before, num_bytes, 0, b""


def take_over(
    contamination: Path, documents: Documents, options: CutContaminationPart, folder: Path
) -> None:
    """Put the places of what was found into ``folder``; DataError when others were searched."""
    rows = found_rows(contamination, documents)
    rows = rows[counts(rows, options)]
    spans = np.column_stack([rows["document"], rows["start"], rows["stop"]]).astype(np.int64)
    np.save(folder / _SPANS, _apart(spans[np.lexsort((spans[:, 2], spans[:, 1], spans[:, 0]))]))


def _apart(spans: Spans) -> Spans:
    """Places in order, those that overlap as one: two items may share words."""
    if not len(spans):
        return spans
    # Behind everything before it in its document begins a place of its own.
    size = int(spans[:, 2].max()) + 1
    reached = np.maximum.accumulate(spans[:, 0] * size + spans[:, 2])
    begins = np.ones(len(spans), dtype=bool)
    begins[1:] = spans[1:, 0] * size + spans[1:, 1] > reached[:-1]
    firsts = np.flatnonzero(begins)
    lasts = np.append(firsts[1:], len(spans)) - 1
    stops = reached[lasts] - spans[lasts, 0] * size
    return np.column_stack([spans[firsts, 0], spans[firsts, 1], stops])


def _wider(words: list[Word], spans: list[list[int]], around: int) -> list[list[int]]:
    """Each place with so many words on both sides."""
    starts, stops = [word.start for word in words], [word.stop for word in words]
    found: list[list[int]] = []
    for start, stop in spans:
        first = max(0, bisect_right(stops, start) - around)
        last = min(len(words), bisect_left(starts, stop) + around) - 1
        if found and starts[first] <= found[-1][1]:
            found[-1][1] = max(found[-1][1], stops[last])
        else:
            found.append([starts[first], stops[last]])
    return found
