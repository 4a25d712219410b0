"""Document isolation by never putting two long documents into one call: the back end for CPU.

The flattened tokens are cut at document boundaries; each long document is a causal call of its own,
and neighbouring short ones share a call of at most ``SHARED_TOKENS`` with a small written-out mask
(a call costs as much as some hundred tokens). Neighbouring pieces of equal length and kind become
one batch, without copying. Memory is linear in the row length.
Figures: ``benchmarks/attention.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

import torch
from torch import Tensor

from training.model.backends.base import Attend, Situation, added_mask, bias_matrix
from training.model.backends.sdpa import BiasedAttend, attend_causally
from training.model.masks import Documents, causal_mask

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
    _bias: dict[torch.dtype, Tensor] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """Whether it is causal attention and no more."""
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
        return causal_mask(self.num_tokens, self.num_tokens, self.added.device)


@dataclass(frozen=True)
class PieceAttend:
    """Attention piece by piece over the flattened rows."""

    calls: tuple[Call, ...]

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E] from queries [B, H, T, E] and keys and values [B, K, T, E]."""
        num_rows, num_heads, num_tokens, head_width = query.shape
        if len(self.calls) == 1 and self.calls[0].is_plain:
            return attend_causally(query, key, value, dropout)
        sizes = [call.num_pieces * call.num_tokens for call in self.calls]
        # split and cat, not slices: the gradient of a slice is a zero tensor of full size
        queries, keys, values = (_flat(tensor).split(sizes) for tensor in (query, key, value))
        parts = zip(self.calls, queries, keys, values, strict=True)
        mixed = [_attend(call, q, k, v, dropout) for call, q, k, v in parts]
        flat = torch.cat(mixed) if len(mixed) > 1 else mixed[0]
        return flat.view(num_rows, num_tokens, num_heads, head_width).transpose(1, 2)


class PerDocument:
    """Causal attention inside each document, as few calls as pay."""

    def reason_against(self, situation: Situation) -> str | None:
        """It works for every mask kind, device and gradient."""
        return None

    def prepare(self, documents: Documents | None, bias: Tensor | None = None) -> Attend:
        """Cut the rows into pieces and write out the small masks."""
        if documents is None:
            return attend_causally if bias is None else BiasedAttend(bias)
        grouped = groupby(pieces(documents), key=lambda piece: piece.shape)
        return PieceAttend(tuple(_call(list(group), documents, bias) for _, group in grouped))


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


def _call(group: list[Piece], documents: Documents, bias: Tensor | None) -> Call:
    num_tokens, is_shared = group[0].shape
    added = None if bias is None else bias_matrix(bias, num_tokens, num_tokens)
    if not is_shared:
        return Call(len(group), num_tokens, None, added)
    ids = torch.stack([documents.ids[piece.row, piece.start : piece.end] for piece in group])
    # Only ``ids`` matters to the mask; the ends of these pieces are not looked at again.
    within = Documents(ids, ((num_tokens,),) * len(group))
    return Call(len(group), num_tokens, within.may_attend()[:, None], added)


def _flat(tensor: Tensor) -> Tensor:
    """[B, H, T, E] -> [B * T, H, E]; no copy for what a projection has just produced."""
    return tensor.transpose(1, 2).flatten(0, 1)


def _attend(call: Call, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
    batch = (call.num_pieces, call.num_tokens)
    query, key, value = (
        tensor.unflatten(0, batch).transpose(1, 2) for tensor in (query, key, value)
    )
    mixed = attend_causally(query, key, value, dropout, call.bias(query.dtype))
    return mixed.transpose(1, 2).flatten(0, 1)
