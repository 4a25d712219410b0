"""What a transform wants changed in a batch of texts, and texts with these changes made.

An edit is a span of bytes in one text with what stands there afterwards, mostly nothing. Edits
speak of the text as the transform got it, are in order, do not overlap and never split a character.

Making them keeps lines sane: a line of which nothing is left goes with its line break; blank lines
that come together thereby become one run of blank lines; white space on the two sides of a cut
does not add up. Line breaks inside a cut stay unless their line goes. Texts without edits keep
every byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.signals.batch import Int64, TextBatch


@dataclass(frozen=True)
class Edits:
    """Arrays of one length [E]; ``starts`` and ``stops`` count bytes from the text's beginning."""

    #: Places of texts in the batch.
    texts: Int64
    starts: Int64
    stops: Int64
    #: Places in the ``reasons`` of the transform.
    reasons: Int64
    #: What stands there afterwards, in UTF-8; without it every edit is a cut.
    replacements: Sequence[bytes] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def none(cls) -> Self:
        """No edit."""
        empty = np.zeros(0, dtype=np.int64)
        return cls(empty, empty, empty, empty)

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int, int, bytes]]) -> Self:
        """From (text, start, stop, reason, replacement) in order."""
        told = list(rows)
        numbers = np.array([row[:4] for row in told], dtype=np.int64).reshape(-1, 4)
        replacements = [row[4] for row in told]
        texts, starts, stops, reasons = numbers.T.copy()
        return cls(texts, starts, stops, reasons, replacements if any(replacements) else None)

    def is_cut(self) -> npt.NDArray[np.bool_]:
        """[E] whether nothing stands there afterwards."""
        if self.replacements is None:
            return np.ones(len(self), dtype=np.bool_)
        return np.array([not text for text in self.replacements], dtype=np.bool_)


def edited(batch: TextBatch, edits: Edits) -> pa.LargeStringArray:
    """The texts with the edits made; ValueError for edits that no transform may give."""
    from training.corpus.transforms import edit_kernels

    if not len(edits):
        return batch.texts
    _check(batch, edits)
    told = edits.replacements or [b""] * len(edits)
    bounds = np.concatenate([[0], np.cumsum([len(text) for text in told])]).astype(np.int64)
    inserted = np.frombuffer(b"".join(told), dtype=np.uint8)
    room = int(batch.offsets[-1] - batch.offsets[0]) + int(bounds[-1])
    result = np.empty(room, dtype=np.uint8)
    offsets = edit_kernels.apply(
        batch.data, batch.offsets, edits.texts, edits.starts, edits.stops, inserted, bounds, result
    )
    data = pa.py_buffer(result[: offsets[-1]])
    return pa.LargeStringArray.from_buffers(len(batch), pa.py_buffer(offsets), data)


def _check(batch: TextBatch, edits: Edits) -> None:
    """A transform that cuts outside of texts, backwards or through characters is at fault."""
    begins = batch.offsets[edits.texts]
    starts, stops = begins + edits.starts, begins + edits.stops
    is_inside = (edits.starts >= 0) & (stops <= batch.offsets[edits.texts + 1])
    is_ordered = (starts[1:] >= stops[:-1]).all()
    if not (is_inside.all() and (starts <= stops).all() and is_ordered):
        raise ValueError("The edits overlap, are out of order, or leave their text.")
    for places in (starts, stops):
        inside = places[places < batch.offsets[edits.texts + 1]]
        if ((batch.data[inside] & 0xC0) == 0x80).any():
            raise ValueError("An edit splits a character.")
