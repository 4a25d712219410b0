"""Which positions may look at which: back alone, both ways, or the beginning both ways; in a packed
row within one document.

Where documents begin and end is always told, never guessed from position numbers: positions that
restart at zero and positions that run on must give the same isolation (a packed row that is
recognised by its positions leaks as soon as somebody adds an attention mask or stops resetting).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Self

import torch
from torch import Tensor

Counts = tuple[tuple[int, ...], ...]


class MaskKind(StrEnum):
    """What a position may attend to."""

    #: Itself and all before it in the row.
    CAUSAL = "causal"
    #: Itself and all before it in its document.
    DOCUMENT = "document"
    #: All of the row.
    FULL = "full"
    #: All of its document.
    FULL_DOCUMENT = "full_document"
    #: The prefix of its document, itself, and all before it in its document.
    PREFIX = "prefix"
    #: Itself and all before it in the row, but other documents with lower scores.
    SOFT = "soft"

    @property
    def is_isolating(self) -> bool:
        """Whether it matters which tokens are of one document."""
        return self not in {MaskKind.CAUSAL, MaskKind.FULL}


@dataclass(frozen=True)
class Documents:
    """The documents packed into a batch of rows.

    ``ids``: int32 [B, T], equal exactly where two positions of a row belong to one document.
    ``ends``: for each row the offsets at which its documents end, ascending, the last one T;
    host numbers, so that no back end has to wait for the device to learn a shape. Padding is a
    document of its own. ``prefixes``: for each document the number of tokens at its start that all
    of it may look at, beside what is before a token; None where nothing looks ahead.
    """

    ids: Tensor
    ends: Counts
    prefixes: Counts | None = None
    #: What scores of other documents before a token are lowered by; None forbids to see them.
    penalty: float | None = None

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
        if self.prefixes is not None:
            _check_prefixes(self.prefixes, self.ends)
        if self.penalty is not None and not (self.prefixes is None and 0 < self.penalty < math.inf):
            raise ValueError(
                f"a penalty is a finite number above 0, without prefixes, got {self.penalty}"
            )

    @classmethod
    def of_lengths(
        cls, rows: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]] | None = None
    ) -> Self:
        """From the lengths in tokens of each row's documents; rows are equally long."""
        ids = [
            torch.arange(len(lengths), dtype=torch.int32).repeat_interleave(torch.tensor(lengths))
            for lengths in rows
        ]
        seen = None if prefixes is None else tuple(tuple(lengths) for lengths in prefixes)
        return cls(torch.stack(ids), tuple(tuple(accumulate(lengths)) for lengths in rows), seen)

    def to(self, device: torch.device | str) -> Self:
        """The same documents with ``ids`` on another device."""
        return replace(self, ids=self.ids.to(device))

    def kind(self, *, is_causal: bool) -> MaskKind:
        """What a position may attend to, in a model that looks back alone or both ways."""
        if self.penalty is not None:
            return MaskKind.SOFT
        if not is_causal:
            return MaskKind.FULL_DOCUMENT
        return MaskKind.DOCUMENT if self.prefixes is None else MaskKind.PREFIX

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

    def prefix_ends(self) -> Tensor | None:
        """Int32 [B, T]: the offset before which a position of the document sees all."""
        if self.prefixes is None:
            return None
        rows = []
        for ends, prefixes in zip(self.ends, self.prefixes, strict=True):
            spans = list(pairwise((0, *ends)))
            stops = [start + seen for (start, _), seen in zip(spans, prefixes, strict=True)]
            lengths = torch.tensor([end - start for start, end in spans])
            rows.append(torch.tensor(stops, dtype=torch.int32).repeat_interleave(lengths))
        return torch.stack(rows).to(self.ids.device)

    def may_attend(self, *, is_causal: bool = True) -> Tensor:
        """Bool [B, T, S]: true where a query position may look at a key position."""
        num_tokens = self.ids.shape[1]
        if self.penalty is not None:
            return causal_mask(num_tokens, num_tokens, self.ids.device).expand(
                len(self.ids), -1, -1
            )
        same = self.ids[:, :, None] == self.ids[:, None, :]
        if not is_causal:
            return same
        seen = causal_mask(num_tokens, num_tokens, self.ids.device)
        ends = self.prefix_ends()
        if ends is None:
            return same & seen
        keys = torch.arange(num_tokens, dtype=torch.int32, device=self.ids.device)
        return same & (seen | (keys < ends[:, :, None]))


def mask_kind(documents: Documents | None, *, is_causal: bool) -> MaskKind:
    """What a position may attend to in rows of these documents; None is whole rows."""
    if documents is not None:
        return documents.kind(is_causal=is_causal)
    return MaskKind.CAUSAL if is_causal else MaskKind.FULL


def full_mask(documents: Documents | None, is_real: Tensor | None) -> Tensor | None:
    """Bool [B, 1, T, T] of rows that are read both ways; None where all may look at all.

    ``is_real`` (bool [B, T]) is false at padding, whose queries see only themselves.
    """
    if documents is not None:
        return documents.may_attend(is_causal=False)[:, None]
    if is_real is None:
        return None
    itself = torch.eye(is_real.shape[1], dtype=torch.bool, device=is_real.device)
    return (is_real[:, None, :] | itself)[:, None]


def causal_mask(num_queries: int, num_keys: int, device: torch.device) -> Tensor:
    """Bool [T, S] for the last T of S positions: true where the key is not after the query."""
    ones = torch.ones(num_queries, num_keys, dtype=torch.bool, device=device)
    return ones.tril(diagonal=num_keys - num_queries)


def _check_prefixes(prefixes: Counts, ends: Counts) -> None:
    for row, (seen, stops) in enumerate(zip(prefixes, ends, strict=True)):
        lengths = [end - start for start, end in pairwise((0, *stops))]
        fits = len(seen) == len(lengths) and all(
            0 <= prefix <= length for prefix, length in zip(seen, lengths, strict=True)
        )
        if not fits:
            raise ValueError(
                f"prefixes of row {row} must be 0 to the length of each of its {len(lengths)} "
                f"documents, got {seen[:8]}"
            )
