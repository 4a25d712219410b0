"""From characters of a text to tokens of a store: the text is encoded again, with its places.

That the ids are those of the store is checked; where they are not, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.tokens.store import TokenStore

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TokenSpan:
    """Tokens [start, stop) of one document of the store."""

    document: int
    start: int
    stop: int


def token_range(places: Int64, start: int, stop: int) -> tuple[int, int] | None:
    """The tokens [first, behind) that share a character with [start, stop); None when none does.

    ``places`` [N, 2] are the characters of each token; (0, 0) stands for no text.
    """
    touching = np.flatnonzero((places[:, 0] < stop) & (places[:, 1] > start))
    return (int(touching[0]), int(touching[-1]) + 1) if len(touching) else None


def copies_in_store(store: TokenStore, doc_id: str, ids: Int64) -> list[list[int]]:
    """Documents of the store with these very ids, each as its pieces in order; [] when none.

    A document that was divided between two splits stands there in two pieces of one id.
    """
    found: list[list[int]] = []
    pieces: list[int] = []
    at = 0
    for document in store.find_all(doc_id):
        tokens = store.document_tokens(document)
        # The last piece ends with end-of-text, which examples may have among their ids.
        inside = tokens[: max(0, len(ids) - at)]
        if not np.array_equal(inside, ids[at : at + len(tokens)]):
            pieces, at = [], 0
            continue
        pieces.append(document)
        at += len(tokens)
        if at >= len(ids):
            found.append(pieces)
            pieces, at = [], 0
    return found


def spans_in(store: TokenStore, pieces: Sequence[int], first: int, stop: int) -> list[TokenSpan]:
    """Tokens [first, stop) of a whole document as tokens of its pieces."""
    spans, at = [], 0
    for document in pieces:
        size = len(store.document_tokens(document))
        begin, end = max(first, at), min(stop, at + size)
        if begin < end:
            spans.append(TokenSpan(document, begin - at, end - at))
        at += size
    return spans
