"""SentencePiece BPE as merges: a pair may be joined when its piece exists, best score first.

Kudo & Richardson 2018. SentencePiece joins the neighbours whose piece has the highest score; a
list of merges in order of score does the same.
"""

from __future__ import annotations

from collections.abc import Sequence

Merges = list[tuple[str, str]]


def merges_of_scores(pieces: Sequence[str], scores: Sequence[float]) -> Merges:
    """Every split of a piece into two pieces, by falling score, then by the pieces' ids."""
    ids = {piece: index for index, piece in enumerate(pieces)}
    ranked: list[tuple[float, int, int, str, str]] = []
    for piece, score in zip(pieces, scores, strict=True):
        for cut in range(1, len(piece)):
            left, right = piece[:cut], piece[cut:]
            if left in ids and right in ids:
                ranked.append((-float(score), ids[left], ids[right], left, right))
    ranked.sort()
    return [(left, right) for *_, left, right in ranked]
