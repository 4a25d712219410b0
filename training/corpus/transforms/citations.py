"""Marks in square brackets that encyclopaedias have: [1], [edit], [citation needed] (C4)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from training.corpus.transforms.edits import Edits
from training.corpus.transforms.transform import Batch, Editor, Passes
from training.specs.transform_parts import CitationsPart

_BLANK = b" \t"
#: Before these, or at the end of a line, the white space before a mark goes with it.
_AFTER = b".,;:!?)\r\n"


class Citations:
    """Cuts the marks, and the white space before one that a punctuation mark follows."""

    reasons = ("is the number of a note", "is a mark for editors")

    def __init__(self, options: CitationsPart, folder: Path) -> None:
        self.options = options
        self._pattern = _pattern(options)

    def prepare(self, passes: Passes) -> None:
        """Nothing: no other document matters."""

    def editor(self, shard: int) -> Editor:
        """The same for all shards."""
        return self.edits

    def edits(self, batch: Batch) -> Edits:
        """Look for brackets in all texts at once; a match within one text is one."""
        offsets = batch.texts.offsets
        base, end = int(offsets[0]), int(offsets[-1])
        data = batch.texts.data[base:end].tobytes()
        found = [match.span() for match in self._pattern.finditer(data)]
        starts = np.array([start for start, _ in found], dtype=np.int64)
        texts = np.searchsorted(offsets - base, starts, side="right") - 1
        rows, last = [], 0
        for text, (start, stop) in zip(texts.tolist(), found, strict=True):
            begin, finish = int(offsets[text]) - base, int(offsets[text + 1]) - base
            if stop > finish:
                continue
            is_number = data[start + 1 : stop - 1].isdigit() or stop - start == 2
            if stop == finish or data[stop] in _AFTER:
                while start > max(begin, last) and data[start - 1] in _BLANK:
                    start -= 1
            rows.append((text, start - begin, stop - begin, int(not is_number), b""))
            last = stop
        return Edits.of(rows)


def _pattern(options: CitationsPart) -> re.Pattern[bytes]:
    words = [re.escape(word.strip().encode()) for word in options.words if word.strip()]
    inside = b"|".join([rb"[0-9]*" if options.has_numbers else rb"(?!)", *words])
    return re.compile(rb"\[(?:" + inside + rb")\]", re.IGNORECASE)
