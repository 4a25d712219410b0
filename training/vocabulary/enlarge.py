"""New pieces behind the old ones of a tokenizer.json, so that old ids and old cuts stay.

Text that holds no new piece is cut as before, by construction:

* BPE: what joins new pieces stands behind all old merges, so it begins where the old ones end;
  and nothing is added that would join two old pieces to an old one;
* Unigram: the best of all cuts is an old one unless a new piece is in it;
* WordPiece: the longest piece is taken, and that is an old one unless it is new.

Tokens that were added outside the model (chat marks, mostly) are given their place in it, because
the library numbers them from the end of the model's vocabulary on.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.errors import DataError

#: Far below any piece's, so that text is never cut into what only stands for an added token.
_NEVER = -1000.0

Scores = Mapping[str, float]


def enlarge(data: dict[str, Any], pieces: Sequence[str], scores: Scores) -> dict[str, Any]:
    """A copy of ``data`` with ``pieces`` (none of them known) behind the last id.

    ``scores`` are log probabilities and needed of Unigram's pieces alone. DataError for a kind of
    model that cannot be made larger.
    """
    data = copy.deepcopy(data)
    model = data["model"]
    if isinstance(model["vocab"], list):
        _list_added(data)
        lowest = lowest_score(data)
        model["vocab"] += [[piece, max(lowest, scores[piece])] for piece in pieces]
        return data
    if "merges" not in model and model.get("type") != "WordPiece":
        raise DataError(
            f"The tokenizer is of the kind {str(model.get('type'))[:40]}, to which no pieces can "
            "be added; accepted: BPE, Unigram, WordPiece.",
        )
    vocabulary = model["vocab"]
    for token in data.get("added_tokens") or []:
        vocabulary.setdefault(token["content"], token["id"])
    first = 1 + max(vocabulary.values())
    known = vocabulary.keys() | set(pieces)
    if "merges" in model:
        model["merges"] = [*map(_pair, model["merges"]), *_joins(pieces, known)]
    vocabulary.update({piece: first + place for place, piece in enumerate(pieces)})
    return data


def lowest_score(data: dict[str, Any]) -> float:
    """Of Unigram's pieces; what is unknown is scored by it."""
    return min(float(score) for _, score in data["model"]["vocab"] if score > _NEVER)


def _joins(pieces: Iterable[str], known: set[str]) -> list[list[str]]:
    """Every pair of known pieces that makes a new one, new pieces in order."""
    return [
        [piece[:cut], piece[cut:]]
        for piece in pieces
        for cut in range(1, len(piece))
        if piece[:cut] in known and piece[cut:] in known
    ]


def _pair(merge: Any) -> list[str]:
    """A merge as two texts; older files write them as one."""
    return [str(part) for part in (merge.split(" ", 1) if isinstance(merge, str) else merge)]


def _list_added(data: dict[str, Any]) -> None:
    """Give added tokens beyond Unigram's list, whose places are the ids, a place in it."""
    vocabulary = data["model"]["vocab"]
    known = {piece for piece, _ in vocabulary}
    for token in sorted(data.get("added_tokens") or [], key=lambda token: int(token["id"])):
        if token["content"] in known:
            continue
        if token["id"] != len(vocabulary):
            raise DataError(
                f"The added token {token['content'][:40]!r} has the id {token['id']:,} where "
                f"{len(vocabulary):,} is the next one; a vocabulary with gaps cannot be enlarged.",
            )
        vocabulary.append([token["content"], _NEVER])
