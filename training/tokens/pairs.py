"""Pairs of sentences inside packed rows, for next-sentence prediction (Devlin 2019); no torch.

Each document of a row that is long enough becomes, in the same places,

    [CLS] first part [SEP] second part [SEP]

so its last three tokens have no room. The second part is what follows the first, or, half of the
time, a stretch of another document of the split. Shorter documents stay as they are, no pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from training.tokens.draws import Draws, Floats, Purpose
from training.tokens.rows import AnyRows

Int64 = npt.NDArray[np.int64]
#: Shortest document, of a row, that becomes a pair.
LEAST_TOKENS = 12
_NUM_SPECIAL = 3
#: Documents that are tried for a second part; where all are too short the real one stands.
_NUM_TRIES = 5
_NUM_DRAWN = 2 + 2 * _NUM_TRIES
#: The cut between the parts lies in this range of a document.
_EARLIEST, _LATEST = 0.25, 0.75


@dataclass(frozen=True)
class _Segment:
    """One document inside a row."""

    row: int
    start: int
    end: int
    document: int


@dataclass
class Paired:
    """``tokens`` and ``types`` [B, T]; of each pair the place in the flattened rows."""

    tokens: Int64
    types: Int64
    places: list[int] = field(default_factory=list)
    is_random: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Pairing:
    """Makes pairs with these two special tokens."""

    classification_id: int
    separator_id: int

    def __call__(self, tokens: Int64, documents: Int64, rows: AnyRows, draws: Draws) -> Paired:
        """From rows [B, T] whose ``documents`` [B, T] are -1 at padding."""
        num_rows, num_tokens = tokens.shape
        paired = Paired(tokens.copy(), np.zeros_like(tokens))
        numbers = draws.uniform(Purpose.PAIRS, _NUM_DRAWN * (1 + num_tokens // LEAST_TOKENS))
        for row in range(num_rows):
            cuts = np.flatnonzero(documents[row, 1:] != documents[row, :-1]) + 1
            drawn = iter(numbers[row].reshape(-1, _NUM_DRAWN))
            for start, end in pairwise((0, *cuts.tolist(), num_tokens)):
                if documents[row, start] >= 0 and end - start >= LEAST_TOKENS:
                    segment = _Segment(row, start, end, int(documents[row, start]))
                    self._pair(paired, segment, rows, next(drawn))
        return paired

    def _pair(self, paired: Paired, segment: _Segment, rows: AnyRows, drawn: Floats) -> None:
        row, start, end = segment.row, segment.start, segment.end
        room = end - start - _NUM_SPECIAL
        first = round(room * (_EARLIEST + drawn[0] * (_LATEST - _EARLIEST)))
        second = room - first
        text = paired.tokens[row, start:end].copy()
        other = None
        if drawn[1] < 0.5:
            other = _stretch(rows, segment.document, second, drawn[2:])
        follows = text[first : first + second]
        ends = [self.separator_id]
        parts = [[self.classification_id], text[:first], ends, follows if other is None else other]
        paired.tokens[row, start:end] = np.concatenate([*parts, ends])
        paired.types[row, start + first + 2 : end] = 1
        paired.places.append(row * paired.tokens.shape[1] + start)
        paired.is_random.append(int(other is not None))


def _stretch(rows: AnyRows, document: int, num_tokens: int, drawn: Floats) -> Int64 | None:
    """So many tokens of another document, its last one (the end of text) left out."""
    store = rows.store
    first, last = store.documents(rows.split)
    for pick, place in drawn.reshape(-1, 2):
        other = first + int(pick * (last - first))
        begin, end = int(store.offsets[other]), int(store.offsets[other + 1])
        room = end - begin - 1 - num_tokens
        if other != document and room >= 0:
            start = begin + int(place * (room + 1))
            return store.tokens[start : start + num_tokens].astype(np.int64)
    return None
