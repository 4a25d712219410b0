"""Rows of whole documents or examples: several short ones share a row.

A document that fits into a row's T + 1 places is never cut; which documents share a row is told by
``training.tokens.packers``. A longer one is split over rows or cut at the end, as asked; what is
cut is counted. Of a store of examples, the store says what becomes of those that are too long, and
one that has no token with loss left is left out. What no document fills is padding: document -1,
end-of-text tokens, no loss. Rows are computed, never stored, and the same every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from training.errors import DataError
from training.specs.packing import LongDocuments, PackingPart, PackingWay
from training.specs.tokenize import TooLong
from training.tokens.gathering import NO_DOCUMENT, joined, require_known_ids, with_padding
from training.tokens.packing import Int64, Span
from training.tokens.pieces import cut_pieces, split_pieces
from training.tokens.store import TokenStore


class WholeRows:
    """The rows of one split; ``len()`` is their number. DataError when there is none."""

    def __init__(
        self,
        store: TokenStore,
        split: str,
        sequence_length: int,
        packing: PackingPart | None = None,
    ) -> None:
        packing = packing or PackingPart()
        self.store = store
        self.split = split
        self.sequence_length = sequence_length
        #: Documents whose end was cut off, that run over several rows, and that are in no row.
        self.num_truncated = self.num_split = self.num_too_long = self.num_without_loss = 0
        self._loss = store.loss_mask
        first, last = store.documents(split)
        lengths = np.diff(store.offsets[first : last + 1])
        is_cut = self._cuts(packing)
        is_kept = lengths > 0 if self._loss is None else self._kept_examples(first, last)
        if not is_kept.any():
            raise _nothing(split, len(lengths), sequence_length, is_text=self._loss is None)
        documents, kept = first + np.flatnonzero(is_kept), lengths[is_kept]
        num_long = int((kept > sequence_length + 1).sum())
        if is_cut:
            self.num_truncated = num_long
        else:
            self.num_split = num_long
        self._pieces = (cut_pieces if is_cut else split_pieces)(documents, kept, sequence_length)
        # The token that two pieces of a document share counts once.
        num_shared = int((self._pieces.starts > 0).sum())
        self.num_tokens = int(self._pieces.sizes.sum(dtype=np.int64)) - num_shared
        #: Tokens of the split that are in no row.
        self.num_dropped_tokens = int(lengths.sum()) - self.num_tokens
        self._lay_out(packing.way)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @property
    def num_cut_documents(self) -> int:
        """Documents that go on in another row, or whose end is in none."""
        return self.num_truncated + self.num_split

    @property
    def num_dropped_documents(self) -> int:
        """Examples that are in no row."""
        return self.num_too_long + self.num_without_loss

    @property
    def num_padding_tokens(self) -> int:
        """Places of all rows that no document fills."""
        num_places = len(self) * (self.sequence_length + 1)
        return num_places - int(self._pieces.sizes.sum(dtype=np.int64))

    @cached_property
    def layout(self) -> str:
        """Two splits with the same layout have the same rows: a hash of all of them."""
        digest = hashlib.sha256()
        for array in (self._pieces.documents, self._pieces.starts, self._pieces.sizes, self._order):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:32]

    def row(self, index: int) -> list[Span]:
        """The documents in row ``index`` in order, and which of their tokens."""
        if not 0 <= index < len(self):
            raise IndexError(f"row {index} of {len(self)}")
        chosen = self._order[self._starts[index] : self._starts[index + 1]]
        pieces = self._pieces
        columns = (pieces.documents[chosen], pieces.starts[chosen], pieces.sizes[chosen])
        return [Span(*span) for span in zip(*(one.tolist() for one in columns), strict=True)]

    def row_sizes(self) -> tuple[Int64, Int64]:
        """(tokens of each piece, row after row; where each row begins among them, and the end)."""
        return self._pieces.sizes[self._order].astype(np.int64), self._starts

    def gather(self, row_ids: npt.NDArray[np.integer]) -> tuple[Int64, Int64]:
        """(tokens [B, T + 1], document of each token [B, T + 1]); padding is end-of-text and -1.

        DataError for ids that the tokenizer does not have.
        """
        places, documents = self._places(row_ids)
        tokens = self.store.tokens[places].astype(np.int64)
        tokens[documents == NO_DOCUMENT] = self.store.info.eos_id
        require_known_ids(self.store, tokens)
        return tokens, documents

    def loss_mask(self, row_ids: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
        """Which tokens [B, T + 1] carry loss as a target.

        Padding never does, nor the token that a piece shares with the piece before it, nor the
        first token of an example, which nothing in its row predicts.
        """
        places, documents = self._places(row_ids)
        is_filled = documents != NO_DOCUMENT
        mask: npt.NDArray[np.bool_]
        if self._loss is None:
            # The first of a document is one: whether it counts is the isolation's to say.
            is_later = self.store.offsets[np.where(is_filled, documents, 0)] < places
            mask = is_filled & ~(is_later & _begins(documents))
        else:
            mask = is_filled & (self._loss[places] != 0) & ~_begins(documents)
        # Nothing in its row predicts the first token.
        mask[:, 0] = False
        return mask

    def rows_of(self, document: int) -> Sequence[int]:
        """The rows (ascending) that hold a token of ``document``; none when it was left out."""
        return sorted(set(self._row_of[self._pieces.of_document(document)].tolist()))

    def rows_with(self, document: int, start: int, stop: int) -> Sequence[int]:
        """The rows (ascending) that hold one of the tokens [start, stop) of ``document``."""
        held = self._pieces.of_document(document)
        starts, sizes = self._pieces.starts[held], self._pieces.sizes[held]
        is_held = (starts < stop) & (starts + sizes > start)
        return sorted(set(self._row_of[held][is_held].tolist()))

    def notes(self) -> list[str]:
        """What was cut, split or left out at this length, as sentences."""
        rows = f"rows of {self.sequence_length:,} tokens"
        dropped = f"{self.num_dropped_tokens:,} tokens in all"
        cut = f"longer than {rows}; what does not fit is cut off"
        said = [
            (self.num_truncated, cut if self._loss is not None else f"{cut} ({dropped})"),
            (self.num_split, f"longer than {rows} and split over several of them"),
            (self.num_too_long, f"longer than {rows} and left out"),
            (self.num_without_loss, f"without answer within {rows} and left out"),
        ]
        name = "document" if self._loss is None else "example"
        return [
            f"{_counted(count, name)} of the {self.split} split "
            f"{'is' if count == 1 else 'are'} {what}."
            for count, what in said
            if count
        ]

    def _cuts(self, packing: PackingPart) -> bool:
        """Whether what is too long is cut; examples are never split."""
        return self._loss is not None or packing.long_documents == LongDocuments.CUT

    def _kept_examples(self, first: int, last: int) -> npt.NDArray[np.bool_]:
        """Which examples carry loss behind their first token and within the row."""
        assert self._loss is not None
        offsets, capacity = self.store.offsets, self.sequence_length + 1
        begins, behind = offsets[first:last], offsets[first + 1 : last + 1]
        counts = np.concatenate([[0], np.cumsum(self._loss, dtype=np.int64)])
        ends = np.minimum(behind, begins + capacity)
        is_kept: npt.NDArray[np.bool_] = counts[ends] > counts[np.minimum(begins + 1, ends)]
        num_without = int((~is_kept).sum())
        if self.store.info.too_long == TooLong.DROP:
            is_long = behind - begins > capacity
            is_kept &= ~is_long
            self.num_too_long = int(is_long.sum())
            num_without = int((~is_kept & ~is_long).sum())
        self.num_without_loss = num_without
        return is_kept

    def _lay_out(self, way: PackingWay) -> None:
        """Rows as runs of pieces: row r holds the pieces order[starts[r]] to order[starts[r+1]]."""
        # Here, because numba takes half a second to import and windows of text do without.
        from training.tokens.packers import best_fit, first_fit

        pack = first_fit if way == PackingWay.GREEDY else best_fit
        self._row_of = pack(self._pieces.sizes, self.sequence_length + 1)
        self._order = np.argsort(self._row_of, kind="stable").astype(np.int32)
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(self._row_of))])

    def _places(self, row_ids: npt.NDArray[np.integer]) -> tuple[Int64, Int64]:
        """Index into the tokens and document of every place [B, T + 1]; 0 and -1 for padding."""
        ids = np.asarray(row_ids, dtype=np.int64)
        chosen, starts = joined(self._starts[ids], self._starts[ids + 1])
        pieces, where = self._pieces, self._order[chosen]
        documents = pieces.documents[where].astype(np.int64)
        begins = self.store.offsets[documents] + pieces.starts[where]
        sizes = pieces.sizes[where].astype(np.int64)
        shape = (len(ids), self.sequence_length + 1)
        spans = with_padding(documents, begins, sizes, starts, shape[1])
        return spans.places(shape), spans.owners(shape)


def _begins(documents: Int64) -> npt.NDArray[np.bool_]:
    """Where [B, N] another document begins than that of the place before; the first always."""
    begins = np.ones(documents.shape, dtype=np.bool_)
    begins[:, 1:] = documents[:, 1:] != documents[:, :-1]
    return begins


def _counted(count: int, name: str) -> str:
    return f"1 {name}" if count == 1 else f"{count:,} {name}s"


def _nothing(split: str, num_documents: int, sequence_length: int, *, is_text: bool) -> DataError:
    if is_text:
        return DataError(f"The {split} split holds no tokens.", advice="Add text to it.")
    return DataError(
        f"None of the {num_documents:,} examples of the {split} split has an answer within rows of "
        f"{sequence_length:,} tokens.",
        advice="Choose longer rows, or set examples.too_long to truncate when tokenizing.",
    )
