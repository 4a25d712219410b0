"""Rows of whole examples: several short ones share a row, none runs across two.

Best-fit decreasing: examples in order of length, each into the row with the least room that still
takes it (Johnson 1973, at most 11/9 of the rows that are needed). Ties go to the earlier document
and the newer row, so the rows of a store at a length are always the same; they are computed, never
stored. A row has T + 1 places (T inputs and, shifted by one, T targets). What no example fills is
padding: document -1, no loss. An example of more than T + 1 tokens is cut at the end or left out,
as the store says; one that has no token with loss left is left out too.
"""

from __future__ import annotations

from bisect import bisect_left, insort

import numpy as np
import numpy.typing as npt

from training.errors import DataError
from training.specs.tokenize import TooLong
from training.tokens.packing import Int64, Span
from training.tokens.store import TokenStore

NO_DOCUMENT = -1


class WholeRows:
    """The rows of one split of a store of examples; ``len()`` is their number."""

    def __init__(self, store: TokenStore, split: str, sequence_length: int) -> None:
        assert store.loss_mask is not None
        self.store = store
        self.split = split
        self.sequence_length = sequence_length
        self._loss = store.loss_mask
        first, last = store.documents(split)
        lengths = np.diff(store.offsets[first : last + 1])
        capacity = sequence_length + 1
        is_long = lengths > capacity
        is_kept = self._have_loss(first, last, capacity)
        #: Examples whose end was cut off, and examples that are in no row.
        self.num_truncated = self.num_too_long = 0
        if store.info.too_long == TooLong.DROP:
            self.num_too_long = int(is_long.sum())
            is_kept &= ~is_long
        else:
            self.num_truncated = int((is_long & is_kept).sum())
        self.num_without_loss = int((~is_kept).sum()) - self.num_too_long
        used = np.minimum(lengths, capacity)
        self.num_dropped_tokens = int(lengths.sum() - used[is_kept].sum())
        documents = first + np.flatnonzero(is_kept)
        if not len(documents):
            raise _nothing(split, len(lengths), sequence_length)
        self._lay_out(documents.astype(np.int64), used[is_kept].astype(np.int64), capacity)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @property
    def num_padding_tokens(self) -> int:
        """Places of all rows that no example fills."""
        return len(self) * (self.sequence_length + 1) - int(self._sizes.sum())

    def row(self, index: int) -> list[Span]:
        """The examples in row ``index`` in order, each from its first token on."""
        if not 0 <= index < len(self):
            raise IndexError(f"row {index} of {len(self)}")
        part = slice(self._starts[index], self._starts[index + 1])
        pairs = zip(self._documents[part].tolist(), self._sizes[part].tolist(), strict=True)
        return [Span(document, 0, size) for document, size in pairs]

    def gather(self, row_ids: npt.NDArray[np.integer]) -> tuple[Int64, Int64]:
        """(tokens [B, T + 1], document of each token [B, T + 1]); padding is end-of-text and -1.

        DataError for ids that the tokenizer does not have.
        """
        places, documents = self._places(row_ids)
        is_filled = documents != NO_DOCUMENT
        tokens = np.full(places.shape, self.store.info.eos_id, dtype=np.int64)
        tokens[is_filled] = self.store.tokens[places[is_filled]]
        if int(tokens.max(initial=0)) >= self.store.info.vocab_size:
            raise DataError(
                f"{self.store.folder.name} is damaged: it holds the id {tokens.max():,}, and its "
                f"tokenizer has {self.store.info.vocab_size:,} pieces.",
                advice="Run the tokenize job again.",
            )
        return tokens, documents

    def loss_mask(self, row_ids: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
        """Which tokens [B, T + 1] carry loss as a target; padding and first tokens never do."""
        places, documents = self._places(row_ids)
        is_filled = documents != NO_DOCUMENT
        mask = np.zeros(places.shape, dtype=np.bool_)
        mask[is_filled] = self._loss[places[is_filled]] != 0
        # Nothing in its row predicts the first token of an example.
        mask[:, 0] = False
        mask[:, 1:] &= documents[:, 1:] == documents[:, :-1]
        return mask

    def rows_of(self, document: int) -> range:
        """The one row that holds ``document``, or none."""
        row = int(self._row_of.get(document, -1))
        return range(row, row + 1) if row >= 0 else range(0)

    def rows_with(self, document: int, start: int, stop: int) -> range:
        """The row that holds at least one of the tokens [start, stop): none when it was cut off."""
        rows = self.rows_of(document)
        used = next(
            (s.num_tokens for row in rows for s in self.row(row) if s.document == document), 0
        )
        return rows if start < min(stop, used) else range(0)

    def notes(self) -> list[str]:
        """What was cut or left out at this length, as sentences."""
        rows = f"rows of {self.sequence_length:,} tokens"
        said = [
            (self.num_truncated, f"longer than {rows}; what does not fit is cut off"),
            (self.num_too_long, f"longer than {rows} and left out"),
            (self.num_without_loss, f"without answer within {rows} and left out"),
        ]
        return [
            f"{_counted(count)} of the {self.split} split {'is' if count == 1 else 'are'} {what}."
            for count, what in said
            if count
        ]

    def _have_loss(self, first: int, last: int, capacity: int) -> npt.NDArray[np.bool_]:
        """Which examples carry loss behind their first token and within the row."""
        counts = np.concatenate([[0], np.cumsum(self._loss, dtype=np.int64)])
        begins = self.store.offsets[first:last]
        ends = np.minimum(self.store.offsets[first + 1 : last + 1], begins + capacity)
        has_loss: npt.NDArray[np.bool_] = counts[ends] > counts[np.minimum(begins + 1, ends)]
        return has_loss

    def _lay_out(self, documents: Int64, sizes: Int64, capacity: int) -> None:
        """Rows as runs of (document, size): row r holds the entries starts[r] to starts[r + 1]."""
        row_of = best_fit(sizes, capacity)
        order = np.argsort(row_of, kind="stable")
        self._documents, self._sizes = documents[order], sizes[order]
        counts = np.bincount(row_of)
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._row_of = dict(zip(documents.tolist(), row_of.tolist(), strict=True))

    def _places(self, row_ids: npt.NDArray[np.integer]) -> tuple[Int64, Int64]:
        """Index into the tokens and document of every place [B, T + 1]; -1 for padding."""
        shape = (len(row_ids), self.sequence_length + 1)
        places = np.zeros(shape, dtype=np.int64)
        documents = np.full(shape, NO_DOCUMENT, dtype=np.int64)
        for number, row_id in enumerate(row_ids.tolist()):
            at = 0
            for span in self.row(row_id):
                end = at + span.num_tokens
                begin = int(self.store.offsets[span.document])
                places[number, at:end] = np.arange(begin, begin + span.num_tokens)
                documents[number, at:end] = span.document
                at = end
        return places, documents


def best_fit(sizes: Int64, capacity: int) -> Int64:
    """The row of each size, none over ``capacity``; rows count from 0 in order of opening."""
    row_of = np.zeros(len(sizes), dtype=np.int64)
    rooms: list[int] = []  # the different amounts of room, ascending
    rows_with: dict[int, list[int]] = {}
    num_rows = 0
    for index in np.argsort(-sizes, kind="stable").tolist():
        size = int(sizes[index])
        place = bisect_left(rooms, size)
        if place < len(rooms):
            room = rooms[place]
            row = rows_with[room].pop()
            if not rows_with[room]:
                del rows_with[room], rooms[place]
        else:
            row, room, num_rows = num_rows, capacity, num_rows + 1
        row_of[index] = row
        left = room - size
        if left not in rows_with:
            insort(rooms, left)
            rows_with[left] = []
        rows_with[left].append(row)
    return row_of


def _counted(count: int) -> str:
    return "1 example" if count == 1 else f"{count:,} examples"


def _nothing(split: str, num_examples: int, sequence_length: int) -> DataError:
    return DataError(
        f"None of the {num_examples:,} examples of the {split} split has an answer within rows of "
        f"{sequence_length:,} tokens.",
        advice="Choose longer rows, or set examples.too_long to truncate when tokenizing.",
    )
