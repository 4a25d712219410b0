"""The rows of a split, whichever way they are packed: windows of text, or whole documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from training.specs.packing import PackingPart
from training.tokens.packing import Int64, Rows, Span
from training.tokens.store import TokenStore
from training.tokens.whole import WholeRows


class AnyRows(Protocol):
    """What order, batches and provenance need of rows; ``len()`` is their number."""

    store: TokenStore
    split: str
    sequence_length: int
    num_dropped_tokens: int

    @property
    def layout(self) -> str:
        """Which documents are in which row, as a hash; empty where the length says it all."""

    @property
    def num_cut_documents(self) -> int:
        """Documents that go on in another row, or whose end is in none."""

    @property
    def num_dropped_documents(self) -> int:
        """Examples that are in no row."""

    def __len__(self) -> int: ...

    def row(self, index: int) -> list[Span]:
        """The documents in a row and which of their tokens."""

    def gather(self, row_ids: npt.NDArray[np.integer]) -> tuple[Int64, Int64]:
        """(tokens [B, T + 1], document of each token [B, T + 1], -1 where there is none)."""

    def loss_mask(self, row_ids: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_] | None:
        """Which tokens [B, T + 1] carry loss as a target; None when all do."""

    def notes(self) -> list[str]:
        """What was cut or left out, as sentences."""

    def rows_of(self, document: int) -> Sequence[int]:
        """The rows (ascending) that hold a token of the document."""

    def rows_with(self, document: int, start: int, stop: int) -> Sequence[int]:
        """The rows (ascending) that hold one of the tokens [start, stop) of the document."""

    def row_sizes(self) -> tuple[Int64, Int64]:
        """(tokens of each piece, row after row; where each row begins among them, and the end)."""


def rows_of_split(
    store: TokenStore, split: str, sequence_length: int, packing: PackingPart | None = None
) -> AnyRows:
    """The rows of a split, by default packed as a training is; DataError when there is none."""
    packing = packing or PackingPart()
    if store.info.has_loss_mask or packing.keeps_whole:
        return WholeRows(store, split, sequence_length, packing)
    return Rows(store, split, sequence_length)
