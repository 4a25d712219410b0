"""What joining begins with: bytes, or the characters that are whole before all else.

A Chinese character is three bytes, and two joins away from being a piece. The joins need not be
done again for each word where nothing can come between: a character's bytes, alone, become one
piece by merges of which the last stands at place r; in a text they do so too, and can be taken for
done, when each other merge that could touch them stands behind r:

* one whose right part is a beginning of the character, or whose left part is an end of it with a
  new character to its right (in UTF-8 nothing else can stand there);
* one of the whole character with a neighbour, which would otherwise come before it was due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.tokenizers.bpe.characters import NUM_CODES

Int32 = npt.NDArray[np.int32]
Merge = tuple[bytes, bytes]

NUM_BYTES = 256
_NEVER = 2**31 - 1


def starts_of(vocab: Mapping[bytes, int], merges: Sequence[Merge]) -> Int32:
    """Ids [256 + code points]: of each byte; of each character that can be taken whole, else -1."""
    places = _Places.of(merges)
    starts = np.full(NUM_BYTES + NUM_CODES, -1, dtype=np.int32)
    for token, index in vocab.items():
        if len(token) == 1:
            starts[token[0]] = index
        elif (code := _code_of(token)) is not None and places.is_whole_first(token):
            starts[NUM_BYTES + code] = index
    return starts


@dataclass(frozen=True)
class _Places:
    """The place of each merge, and the first of those that have a piece on their left or right."""

    merges: dict[Merge, int]
    on_left: dict[bytes, int]
    #: With a new character on the right.
    on_left_of_new: dict[bytes, int]
    on_right: dict[bytes, int]

    @classmethod
    def of(cls, merges: Sequence[Merge]) -> _Places:
        found = cls({}, {}, {}, {})
        for place, (left, right) in enumerate(merges):
            found.merges[left, right] = place
            found.on_left.setdefault(left, place)
            found.on_right.setdefault(right, place)
            if not _goes_on(right[0]):
                found.on_left_of_new.setdefault(left, place)
        return found

    def is_whole_first(self, character: bytes) -> bool:
        last = self._last_join(character)
        inner = range(1, len(character))
        first_other = min(
            self.on_left.get(character, _NEVER),
            self.on_right.get(character, _NEVER),
            *(self.on_right.get(character[:place], _NEVER) for place in inner),
            *(self.on_left_of_new.get(character[place:], _NEVER) for place in inner),
        )
        return last < first_other

    def _last_join(self, character: bytes) -> int:
        """The highest place of the merges that make the character; `_NEVER` if they do not."""
        parts = [character[place : place + 1] for place in range(len(character))]
        last = -1
        while len(parts) > 1:
            pairs = [
                self.merges.get((parts[at], parts[at + 1]), _NEVER) for at in range(len(parts) - 1)
            ]
            lowest = min(pairs)
            at = pairs.index(lowest)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
            last = max(last, lowest)
        return last


def _goes_on(byte: int) -> bool:
    """Whether a byte goes on with a character in UTF-8."""
    return byte & 0xC0 == 0x80


def _code_of(token: bytes) -> int | None:
    """The one character that a token is; None for anything else."""
    try:
        text = token.decode()
    except UnicodeDecodeError:
        return None
    return ord(text) if len(text) == 1 else None
