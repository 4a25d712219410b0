"""Document isolation by never putting two long documents into one call: the back end for CPU.

The flattened tokens are cut at document boundaries; each long document is a call of its own,
and neighbouring short ones share a call of at most ``SHARED_TOKENS`` with a small written-out mask
(a call costs as much as some hundred tokens). Neighbouring pieces of equal length and kind become
one batch, without copying. Memory is linear in the row length, but for documents with a prefix,
whose masks are written out.
Figures: ``benchmarks/attention.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

import torch
from torch import Tensor

from training.model.backends.base import (
    Attend,
    DistanceBias,
    Situation,
    added_mask,
    bias_matrix,
)
from training.model.backends.sdpa import attend_rows, whole_rows
from training.model.masks import Documents, MaskKind, causal_mask

#: Longest piece made of several documents (64, 128 and 256 were measured).
SHARED_TOKENS = 64


@dataclass(frozen=True)
class Piece:
    """Neighbouring tokens of one row: one document, or several short ones."""

    row: int
    start: int
    end: int
    num_documents: int

    @property
    def shape(self) -> tuple[int, bool]:
        """Pieces of equal shape can be computed in one call."""
        return self.end - self.start, self.num_documents > 1


@dataclass
class Call:
    """One attention call over ``num_pieces`` pieces of ``num_tokens`` tokens each."""

    num_pieces: int
    num_tokens: int
    #: Bool [pieces, 1, T, T], or None where every piece is one document.
    may_attend: Tensor | None
    #: [1, H, T, T] that positions add, or None.
    added: Tensor | None = None
    is_causal: bool = True
    _bias: dict[torch.dtype, Tensor] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """Whether it is attention over whole pieces and no more."""
        return self.may_attend is None and self.added is None

    def bias(self, dtype: torch.dtype) -> Tensor | None:
        """Mask and positions as numbers to add, made once instead of in every layer."""
        if self.is_plain:
            return None
        if dtype not in self._bias:
            self._bias[dtype] = added_mask(self._mask(), self.added, dtype)
        return self._bias[dtype]

    def _mask(self) -> Tensor:
        if self.may_attend is not None:
            return self.may_attend
        assert self.added is not None
        causal = causal_mask(self.num_tokens, self.num_tokens, self.added.device)
        return causal if self.is_causal else torch.ones_like(causal)


@dataclass(frozen=True)
class PieceAttend:
    """Attention piece by piece over the flattened rows."""

    calls: tuple[Call, ...]

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E] from queries [B, H, T, E] and keys and values [B, K, T, E]."""
        num_rows, num_heads, num_tokens, head_width = query.shape
        first = self.calls[0]
        # Equal documents are one plain call too; only where each fills its row are the rows it.
        if len(self.calls) == 1 and first.is_plain and first.num_tokens == num_tokens:
            return attend_rows(query, key, value, dropout, is_causal=first.is_causal)
        sizes = [call.num_pieces * call.num_tokens for call in self.calls]
        # split and cat, not slices: the gradient of a slice is a zero tensor of full size
        queries, keys, values = (_flat(tensor).split(sizes) for tensor in (query, key, value))
        parts = zip(self.calls, queries, keys, values, strict=True)
        mixed = [_attend(call, q, k, v, dropout) for call, q, k, v in parts]
        flat = torch.cat(mixed) if len(mixed) > 1 else mixed[0]
        return flat.view(num_rows, num_tokens, num_heads, head_width).transpose(1, 2)


class PerDocument:
    """Attention inside each document, as few calls as pay."""

    def reason_against(self, situation: Situation) -> str | None:
        """It works on every device, for every mask that keeps documents apart."""
        if situation.mask is MaskKind.SOFT:
            return "per_document computes each document alone, so that none is seen by another"
        return None

    def prepare(
        self,
        documents: Documents | None,
        bias: DistanceBias | None = None,
        *,
        is_causal: bool = True,
    ) -> Attend:
        """Cut the rows into pieces and write out the small masks."""
        if documents is None:
            return whole_rows(bias, is_causal=is_causal)
        grouped = groupby(pieces(documents), key=lambda piece: piece.shape)
        seen = documents.prefix_ends() if is_causal else None
        laid = _Laid(documents.ids, seen, bias, is_causal)
        return PieceAttend(tuple(laid.call(list(group)) for _, group in grouped))


def pieces(documents: Documents) -> list[Piece]:
    """Cut every row between documents, merging neighbours up to ``SHARED_TOKENS`` tokens."""
    found: list[Piece] = []
    for row, start, end in documents.segments():
        last = found[-1] if found else None
        if last is not None and last.row == row and end - last.start <= SHARED_TOKENS:
            found[-1] = Piece(row, last.start, end, last.num_documents + 1)
        else:
            found.append(Piece(row, start, end, 1))
    return found


@dataclass(frozen=True)
class _Laid:
    """What the masks of a batch's pieces are made from: ``ids`` and ``seen`` are [B, T]."""

    ids: Tensor
    seen: Tensor | None
    bias: DistanceBias | None
    is_causal: bool

    def call(self, group: list[Piece]) -> Call:
        """The call of neighbouring pieces of equal shape."""
        num_tokens, is_shared = group[0].shape
        bias = self.bias
        added = None if bias is None else bias_matrix(bias, num_tokens, num_tokens)
        needs_mask = is_shared or self.seen is not None
        may_attend = self._may_attend(group)[:, None] if needs_mask else None
        return Call(len(group), num_tokens, may_attend, added, self.is_causal)

    def _may_attend(self, group: list[Piece]) -> Tensor:
        """Bool [pieces, T, T]."""
        ids = _stacked(self.ids, group)
        same = ids[:, :, None] == ids[:, None, :]
        if not self.is_causal:
            return same
        num_tokens = ids.shape[1]
        back = causal_mask(num_tokens, num_tokens, ids.device)
        if self.seen is None:
            return same & back
        starts = torch.tensor([[piece.start] for piece in group], device=ids.device)
        ends = _stacked(self.seen, group) - starts
        keys = torch.arange(num_tokens, device=ids.device)
        return same & (back | (keys < ends[:, :, None]))


def _stacked(numbers: Tensor, group: list[Piece]) -> Tensor:
    """Those of each piece, [pieces, T], from [B, T]."""
    return torch.stack([numbers[piece.row, piece.start : piece.end] for piece in group])


def _flat(tensor: Tensor) -> Tensor:
    """[B, H, T, E] -> [B * T, H, E]; no copy for what a projection has just produced."""
    return tensor.transpose(1, 2).flatten(0, 1)


def _attend(call: Call, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
    batch = (call.num_pieces, call.num_tokens)
    query, key, value = (
        tensor.unflatten(0, batch).transpose(1, 2) for tensor in (query, key, value)
    )
    added = call.bias(query.dtype)
    mixed = attend_rows(query, key, value, dropout, added, is_causal=call.is_causal)
    return mixed.transpose(1, 2).flatten(0, 1)
