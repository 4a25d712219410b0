"""A changed document before and after, as a report keeps it: a piece of text with its edits.

Personal data is masked before the piece is cut out, so that no value shows in part at its edge.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from training.corpus.pii.redact import masked_piece, redact
from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.edits import Edits, edited

#: Bytes of a sample, and of them before its first edit.
_BYTES = 1_200
_BEFORE = 300
#: Masked on both sides of what is shown.
_MARGIN = 300
_MOST_EDITS = 40


def sample_of(row: pa.RecordBatch, text: str, edits: Edits, place: int) -> dict[str, Any]:
    """What is shown of one document: ``text`` as the transform got it, its edits at ``place``.

    ``before`` and ``after`` are masked; ``spans`` are (start, stop, reason) in characters of
    ``before``.
    """
    data = text.encode()
    first, last = np.searchsorted(edits.texts, [place, place + 1]).tolist()
    begin, end = _window(data, int(edits.starts[first]))
    wide = _border(data, begin - _MARGIN), _border(data, end + _MARGIN)
    inside = _inside(edits, first, last, begin, end, wide[0])
    piece = data[wide[0] : wide[1]]
    shown = _characters(piece, begin - wide[0]), _characters(piece, end - wide[0])
    spans = [
        (_characters(piece, start), _characters(piece, stop))
        for start, stop in zip(inside.starts.tolist(), inside.stops.tolist(), strict=True)
    ]
    masked = redact(piece.decode())
    (low, high), *moved = masked.moved([shown, *spans])
    after = edited(TextBatch.of([piece.decode()]), inside)[0].as_py()
    tail = len(piece.decode()) - shown[1]
    return {
        "doc_id": row.column("doc_id")[0].as_py().hex(),
        "source": row.column("source")[0].as_py(),
        "origin": row.column("origin")[0].as_py(),
        "num_edits": last - first,
        "is_cut_before": begin > 0,
        "is_cut_after": end < len(data),
        "before": masked.text[low:high],
        "spans": [
            (start - low, stop - low, reason)
            for (start, stop), reason in zip(moved, inside.reasons.tolist(), strict=True)
        ],
        "after": masked_piece(after, shown[0], max(shown[0], len(after) - tail)),
    }


def _window(data: bytes, start: int) -> tuple[int, int]:
    """Bytes around the first edit: whole lines where their borders are near, whole characters."""
    begin = max(0, start - _BEFORE)
    if begin and data.rfind(b"\n", begin, start) >= 0:
        begin = data.find(b"\n", begin) + 1
    begin = _border(data, begin)
    return begin, _border(data, begin + _BYTES)


def _border(data: bytes, place: int) -> int:
    """The border of a character at or before ``place``."""
    place = min(max(place, 0), len(data))
    while 0 < place < len(data) and data[place] & 0xC0 == 0x80:
        place -= 1
    return place


def _inside(edits: Edits, first: int, last: int, begin: int, end: int, origin: int) -> Edits:
    """The edits that begin in a window, cut off at its end, counted from ``origin``."""
    starts, stops = edits.starts[first:last], np.minimum(edits.stops[first:last], end)
    chosen = first + np.flatnonzero((starts >= begin) & (starts < end))[:_MOST_EDITS]
    replacements = None
    if edits.replacements is not None:
        replacements = [edits.replacements[number] for number in chosen.tolist()]
    return Edits(
        np.zeros(len(chosen), dtype=np.int64),
        edits.starts[chosen] - origin,
        stops[chosen - first] - origin,
        edits.reasons[chosen],
        replacements,
    )


def _characters(data: bytes, place: int) -> int:
    return len(data[:place].decode())
