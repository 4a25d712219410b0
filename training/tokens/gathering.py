"""Spans of tokens of many rows at once, as the places of a matrix; no loop over documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.errors import DataError
from training.tokens.store import TokenStore

Int64 = npt.NDArray[np.int64]

NO_DOCUMENT = -1


@dataclass(frozen=True)
class Spans:
    """Spans that fill B rows of N places one after another, padding included. All [M].

    ``documents``: index into the store, -1 is padding; ``begins``: index of the first token;
    ``sizes``: how many tokens.
    """

    documents: Int64
    begins: Int64
    sizes: Int64

    def owners(self, shape: tuple[int, int]) -> Int64:
        """The document of every place [B, N]."""
        return np.repeat(self.documents, self.sizes).reshape(shape)

    def places(self, shape: tuple[int, int]) -> Int64:
        """The index into the tokens of every place [B, N]; 0 for padding."""
        before = np.cumsum(self.sizes) - self.sizes
        is_padding = self.documents == NO_DOCUMENT
        places = np.repeat(self.begins - before, self.sizes)
        places += np.arange(len(places))
        if is_padding.any():
            places[np.repeat(is_padding, self.sizes)] = 0
        return places.reshape(shape)


def joined(begins: Int64, ends: Int64) -> tuple[Int64, Int64]:
    """The numbers of all ranges [begin, end) in a row, and where each range begins among them.

    The second has one number more than there are ranges: the length of the first.
    """
    counts = ends - begins
    starts = np.concatenate([[0], np.cumsum(counts)])
    numbers = np.repeat(begins - starts[:-1], counts)
    numbers += np.arange(len(numbers))
    return numbers, starts


def with_padding(
    documents: Int64, begins: Int64, sizes: Int64, row_starts: Int64, num_places: int
) -> Spans:
    """Spans of rows, row r those from ``row_starts[r]`` on, each row filled up to ``num_places``.

    No row is empty.
    """
    num_rows = len(row_starts) - 1
    filled = np.add.reduceat(sizes, row_starts[:-1]) if num_rows else sizes
    # One more span after each row; where nothing is to be filled its size is 0.
    at = row_starts[1:] + np.arange(num_rows)
    is_span = np.ones(len(sizes) + num_rows, dtype=np.bool_)
    is_span[at] = False
    spans = Spans(
        np.full(len(is_span), NO_DOCUMENT, dtype=np.int64),
        np.zeros(len(is_span), dtype=np.int64),
        np.empty(len(is_span), dtype=np.int64),
    )
    spans.documents[is_span] = documents
    spans.begins[is_span] = begins
    spans.sizes[is_span] = sizes
    spans.sizes[at] = num_places - filled
    return spans


def require_known_ids(store: TokenStore, tokens: npt.NDArray[Any]) -> None:
    """DataError when an id is not the tokenizer's."""
    largest = int(tokens.max(initial=0))
    if largest >= store.info.vocab_size:
        raise DataError(
            f"{store.folder.name} is damaged: it holds the id {largest:,}, and its "
            f"tokenizer has {store.info.vocab_size:,} pieces.",
            advice="Run the tokenize job again.",
        )
