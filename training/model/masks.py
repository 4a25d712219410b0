"""Which positions may look at which: causal alone, or causal within one document.

Where documents begin and end is always told, never guessed from position numbers: positions that
restart at zero and positions that run on must give the same isolation (a packed row that is
recognised by its positions leaks as soon as somebody adds an attention mask or stops resetting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Self

import torch
from torch import Tensor


class MaskKind(StrEnum):
    """What a position may attend to, besides never to a later one."""

    CAUSAL = "causal"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Documents:
    """The documents packed into a batch of rows.

    ``ids``: int32 [B, T], equal exactly where two positions of a row belong to one document.
    ``ends``: for each row the offsets at which its documents end, ascending, the last one T;
    host numbers, so that no back end has to wait for the device to learn a shape. Padding is a
    document of its own.
    """

    ids: Tensor
    ends: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        num_rows, num_tokens = self.ids.shape
        if len(self.ends) != num_rows:
            raise ValueError(f"{len(self.ends)} lists of document ends for {num_rows} rows")
        for row, ends in enumerate(self.ends):
            rises = all(start < end for start, end in pairwise((0, *ends)))
            if not rises or not ends or ends[-1] != num_tokens:
                raise ValueError(
                    f"document ends of row {row} must rise from above 0 to {num_tokens}, "
                    f"got {ends[:8]}"
                )

    @classmethod
    def of_lengths(cls, rows: Sequence[Sequence[int]]) -> Self:
        """From the lengths in tokens of each row's documents; rows are equally long."""
        ids = [
            torch.arange(len(lengths), dtype=torch.int32).repeat_interleave(torch.tensor(lengths))
            for lengths in rows
        ]
        return cls(torch.stack(ids), tuple(tuple(accumulate(lengths)) for lengths in rows))

    def to(self, device: torch.device | str) -> Self:
        """The same documents with ``ids`` on another device."""
        return type(self)(self.ids.to(device), self.ends)

    def segments(self) -> list[tuple[int, int, int]]:
        """Every document as (row, start, end), in row order."""
        return [
            (row, start, end)
            for row, ends in enumerate(self.ends)
            for start, end in pairwise((0, *ends))
        ]

    def reset_positions(self) -> Tensor:
        """Positions int64 [B, T] that restart at 0 with each document."""
        rows = [
            torch.cat([torch.arange(end - start) for start, end in pairwise((0, *ends))])
            for ends in self.ends
        ]
        return torch.stack(rows).to(self.ids.device)

    def may_attend(self) -> Tensor:
        """Bool [B, T, S]: true where a query position may look at a key position."""
        num_tokens = self.ids.shape[1]
        same = self.ids[:, :, None] == self.ids[:, None, :]
        return same & causal_mask(num_tokens, num_tokens, self.ids.device)


def causal_mask(num_queries: int, num_keys: int, device: torch.device) -> Tensor:
    """Bool [T, S] for the last T of S positions: true where the key is not after the query."""
    ones = torch.ones(num_queries, num_keys, dtype=torch.bool, device=device)
    return ones.tril(diagonal=num_keys - num_queries)
