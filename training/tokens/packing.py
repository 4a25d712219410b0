"""Rows: fixed-length windows over a split's concatenated documents; computed, never stored.

Row i holds tokens ``[i * T, i * T + T + 1)`` of the split: T inputs and, shifted by one, T
targets; neighbours share one token, so every token but the first is a target once per epoch. The
tokens after the last whole row are dropped and counted. Documents run across rows ("naive
concatenation", Brown 2020); which token belongs to which document is carried explicitly, so that
isolation never has to be guessed from positions. Rows that keep documents whole are those of
``training.tokens.whole``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from training.errors import DataError
from training.tokens.gathering import Spans, joined, require_known_ids
from training.tokens.store import TokenStore

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Span:
    """``num_tokens`` tokens of ``document`` from its token ``start`` on."""

    document: int
    start: int
    num_tokens: int


class Rows:
    """The rows of one split at one sequence length T; ``len()`` is their number."""

    #: Rows follow from their length alone.
    layout = ""

    def __init__(self, store: TokenStore, split: str, sequence_length: int) -> None:
        self.store = store
        self.split = split
        self.sequence_length = sequence_length
        self.first_token, self.last_token = store.token_range(split)
        num_tokens = self.last_token - self.first_token
        self._num_rows = max(0, (num_tokens - 1) // sequence_length)
        if self._num_rows == 0:
            raise _too_short(split, num_tokens, sequence_length)
        #: Every window of T + 1 tokens, by its first token; a view.
        self._windows = sliding_window_view(store.tokens, sequence_length + 1)
        #: Tokens of the split that are in no row, because they do not fill one.
        self.num_dropped_tokens = num_tokens - (self._num_rows * sequence_length + 1)

    def __len__(self) -> int:
        return self._num_rows

    @property
    def num_cut_documents(self) -> int:
        """Documents that go on in another row."""
        borders = self.first_token + np.arange(1, self._num_rows) * self.sequence_length
        owners = np.searchsorted(self.store.offsets, borders, side="right") - 1
        return len(np.unique(owners[self.store.offsets[owners] < borders]))

    @property
    def num_dropped_documents(self) -> int:
        """None is left out as a whole but by chance, at the end."""
        return 0

    def row(self, index: int) -> list[Span]:
        """The documents in row ``index`` and which of their tokens, T + 1 tokens in all."""
        if not 0 <= index < self._num_rows:
            raise IndexError(f"row {index} of {self._num_rows}")
        start = self.first_token + index * self.sequence_length
        stop = start + self.sequence_length + 1
        offsets = self.store.offsets
        first = int(np.searchsorted(offsets, start, side="right")) - 1
        last = int(np.searchsorted(offsets, stop, side="left"))
        spans = []
        for document in range(first, last):
            document_start = int(offsets[document])
            begin = max(start, document_start)
            end = min(stop, int(offsets[document + 1]))
            spans.append(Span(document, begin - document_start, end - begin))
        return spans

    def gather(self, row_ids: npt.NDArray[np.integer]) -> tuple[Int64, Int64]:
        """The rows named: (tokens [B, T + 1], document of each token [B, T + 1]).

        DataError for ids that the tokenizer does not have.

        Documents are indices into the store, so they differ between neighbours whenever the
        document does.
        """
        starts = self.first_token + np.asarray(row_ids, dtype=np.int64) * self.sequence_length
        tokens = self._windows[starts]
        require_known_ids(self.store, tokens)
        return tokens.astype(np.int64), self._owners(starts)

    def loss_mask(self, row_ids: npt.NDArray[np.integer]) -> None:
        """Every token of a text carries loss."""

    def notes(self) -> list[str]:
        """Nothing is cut or left out but the last tokens."""
        return []

    def rows_of(self, document: int) -> Sequence[int]:
        """The rows that hold at least one token of ``document``, as input or as target."""
        size = int(self.store.offsets[document + 1] - self.store.offsets[document])
        return self.rows_with(document, 0, size)

    def rows_with(self, document: int, start: int, stop: int) -> Sequence[int]:
        """The rows that hold at least one of the tokens [start, stop) of ``document``."""
        begin_of_document = int(self.store.offsets[document]) - self.first_token
        first, last = begin_of_document + start, begin_of_document + stop - 1
        if last < 0 or first >= self.last_token - self.first_token:
            return range(0)
        # A row's last token is only a target there, and the first input of the next row.
        begin = max(0, -(-first // self.sequence_length) - 1)
        end = min(self._num_rows, last // self.sequence_length + 1)
        return range(begin, max(begin, end))

    def row_sizes(self) -> tuple[Int64, Int64]:
        """(tokens of each piece, row after row; where each row begins among them, and the end)."""
        starts = self.first_token + np.arange(len(self)) * self.sequence_length
        spans, row_starts = self._spans(starts)
        return spans.sizes, row_starts

    def _owners(self, starts: Int64) -> Int64:
        """The document of every token [B, T + 1] of the windows that begin at ``starts``."""
        spans, _ = self._spans(starts)
        return spans.owners((len(starts), self.sequence_length + 1))

    def _spans(self, starts: Int64) -> tuple[Spans, Int64]:
        """The spans of these windows, and where each window begins among them."""
        offsets, stops = self.store.offsets, starts + self.sequence_length + 1
        first = np.searchsorted(offsets, starts, side="right") - 1
        documents, row_starts = joined(first, np.searchsorted(offsets, stops, side="left"))
        counts = np.diff(row_starts)
        begins = np.maximum(offsets[documents], np.repeat(starts, counts))
        ends = np.minimum(offsets[documents + 1], np.repeat(stops, counts))
        return Spans(documents, begins, ends - begins), row_starts


def _too_short(split: str, num_tokens: int, sequence_length: int) -> DataError:
    longest = max(0, num_tokens - 1)
    return DataError(
        f"The {split} split holds {num_tokens:,} tokens, fewer than one row of the sequence "
        f"length {sequence_length:,} needs ({sequence_length + 1:,}).",
        advice=f"Choose a sequence length of at most {longest:,} tokens, or add text."
        if longest
        else "Add text, or hold out a larger share of it.",
    )
