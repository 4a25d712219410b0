"""Passkey texts of an exact length: a number said once in filler, and asked for at the end.

As in Mohtashami and Jaggi 2023: what to look for, filler, the number, filler, the question. Numbers
are drawn from (seed, length, depth, number), so a cell of the grid is the same whatever else is
measured. Recall is exact: greedy decoding must write the number, which one pass over text and
number shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.benchmarks.prompts import Encoder, Request
from training.benchmarks.results import Accuracy
from training.errors import DataError
from training.specs.passkey import LEAST_LENGTH, PasskeyPart

_INTRODUCTION = "There is an important number hidden in a long text. Find it and memorise it.\n"
_FILLER = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back. "
_KEY = "\nThe pass key is {key}. Remember it. {key} is the pass key.\n"
_QUESTION = "\nWhat is the pass key? The pass key is"
_SHARES = (8, 4, 2, 1)


@dataclass(frozen=True)
class Cell:
    """One length and depth; ``depth`` 0 puts the number at the start, 1 at the end."""

    length: int
    depth: float
    requests: tuple[Request, ...]


def lengths_of(part: PasskeyPart, context_length: int, encoder: Encoder) -> list[int]:
    """Those of the part, else shares of the context that hold a text; ascending."""
    if part.lengths:
        return sorted(set(part.lengths))
    found = sorted({context_length // share for share in _SHARES})
    return [one for one in found if one >= LEAST_LENGTH and _holds_texts(part, one, encoder)]


def _holds_texts(part: PasskeyPart, length: int, encoder: Encoder) -> bool:
    """Whether the words around a number leave room: a tokenizer with few pieces needs more."""
    texts = _Texts(part, length, encoder)
    keys = (key for place in range(part.num_depths) for key in _keys(part, length, place))
    return all(texts.room(key) >= 0 for key in keys)


def cells(part: PasskeyPart, lengths: Sequence[int], encoder: Encoder) -> Iterator[Cell]:
    """The grid, by length and depth; DataError for a length that the words alone fill."""
    for length in lengths:
        for place in range(part.num_depths):
            depth = place / max(1, part.num_depths - 1)
            texts = _Texts(part, length, encoder)
            requests = [texts.with_key(depth, key) for key in _keys(part, length, place)]
            yield Cell(length, depth, tuple(requests))


def _keys(part: PasskeyPart, length: int, place: int) -> list[str]:
    random = np.random.default_rng([part.seed, length, place])
    digits = random.integers(0, 10, (part.num_keys, part.num_digits))
    digits[:, 0] = np.maximum(1, digits[:, 0])
    return ["".join(map(str, row)) for row in digits.tolist()]


class _Texts:
    """Texts of one length in tokens."""

    def __init__(self, part: PasskeyPart, length: int, encoder: Encoder) -> None:
        self._length, self._encoder = length, encoder
        filler = encoder.ids(part.filler or _FILLER)
        if not filler:
            raise DataError("passkey.filler: the tokenizer makes no token of it.")
        self._filler = filler * (length // len(filler) + 1)
        self._introduction = (*encoder.first_ids, *encoder.ids(_INTRODUCTION))

    def with_key(self, depth: float, key: str) -> Request:
        """The whole text, of which the number at the end is scored."""
        said, asked = self._around(key)
        room = self.room(key)
        if room < 0:
            raise DataError(
                f"passkey.lengths: {self._length:,} tokens are too few: the words around the "
                f"number alone take {self._length - room:,} with this tokenizer.",
                advice="Measure longer texts.",
            )
        before = round(depth * room)
        ids = (
            *self._introduction,
            *self._filler[:before],
            *said,
            *self._filler[: room - before],
            *asked.ids,
        )
        return Request(ids, asked.num_scored, asked.num_bytes)

    def room(self, key: str) -> int:
        """Tokens left for filler; less than 0 where the words alone are too many."""
        said, asked = self._around(key)
        return self._length - len(self._introduction) - len(said) - len(asked.ids)

    def _around(self, key: str) -> tuple[Sequence[int], Request]:
        said = self._encoder.ids(_KEY.format(key=key))
        return said, self._encoder.request(_QUESTION, f" {key}", len(key), is_start=False)


def told(cell: Cell, is_right: Sequence[bool], log_likelihoods: Sequence[float]) -> dict[str, Any]:
    """One cell of the grid for JSON; ``loss`` in nats per token of the number."""
    num_tokens = sum(request.num_scored for request in cell.requests)
    found = Accuracy(sum(is_right), len(is_right)).told()
    return {
        "length": cell.length,
        "depth": round(cell.depth, 6),
        "numbers": len(is_right),
        **found,
        "loss": -sum(log_likelihoods) / max(1, num_tokens),
    }


def by_length(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cells as they are told, put together by length: ``length``, ``items`` and the accuracy."""
    found: dict[int, list[int]] = {}
    for cell in cells:
        sums = found.setdefault(cell["length"], [0, 0])
        sums[0] += cell["right"]
        sums[1] += cell["numbers"]
    return [
        {"length": length, "items": items, **Accuracy(right, items).told()}
        for length, (right, items) in sorted(found.items())
    ]
