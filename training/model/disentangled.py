"""Disentangled attention: contents and distances have vectors of their own. He 2021 (DeBERTa).

With d the distance from key j to query i, P a table of 2 N distances that all layers share, and n
the number of terms (3 when both are added), the score is

    (q_i k_j + q_i (W_k P_d) + (W_q P_d) k_j) / sqrt(n E)

Distances beyond N - 1 count as the farthest. With buckets, the first half of N each way are single
distances and the rest grow by the logarithm (He 2023). Keys have no bias, as in DeBERTa. The matrix
of scores is written out for the whole row; documents are kept apart by its mask.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, softmax

from training.model.attention import Attention
from training.model.backends.base import Attend
from training.model.cache import Cache
from training.model.positions import Rotation, Unmoved
from training.model.precision import lowered
from training.specs.disentangled_parts import DisentangledTerms
from training.specs.model import ModelSpec


@dataclass(frozen=True)
class Distances:
    """What all layers share: the part of the table that is in use, and where to read it.

    ``table`` [2 R, D]; ``index`` int64 [T, T] is the row of the distance from key to query;
    ``may_attend`` is bool, broadcast to [B, H, T, T], None where all may.
    """

    table: Tensor
    index: Tensor
    may_attend: Tensor | None

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """Not without the vectors of distances: ``DisentangledAttention`` computes the scores."""
        raise TypeError("distances are for disentangled attention alone")


class Disentangled(Unmoved):
    """The table of distances."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.reach = spec.distance_reach
        self.farthest = spec.farthest_distance or spec.context_length
        self.has_buckets = bool(spec.distance_buckets)
        self.weight = nn.Parameter(torch.empty(2 * self.reach, spec.width).normal_(std=0.02))

    def distances(self, num_tokens: int, may_attend: Tensor | None) -> Distances:
        """Of rows of T tokens."""
        places = torch.arange(num_tokens, device=self.weight.device)
        back = places[:, None] - places
        if self.has_buckets:
            back = bucketed(back, self.reach, self.farthest)
        used = self.reach if self.has_buckets else min(num_tokens, self.reach)
        table = self.weight[self.reach - used : self.reach + used]
        return Distances(table, (back + used).clamp(0, 2 * used - 1), may_attend)


class DisentangledAttention(Attention):
    """[B, T, D] -> [B, T, D]; ``attend`` is a ``Distances``."""

    def __init__(self, spec: ModelSpec, layer: int) -> None:
        super().__init__(spec, layer)
        terms = spec.disentangled_terms
        self.asks_position = terms != DisentangledTerms.POSITION_TO_CONTENT
        self.is_asked = terms != DisentangledTerms.CONTENT_TO_POSITION
        inner = spec.num_heads * spec.head_width
        own = not spec.shares_position_projections
        bias = spec.has_biases
        has_keys, has_queries = own and self.asks_position, own and self.is_asked
        self.pos_k_proj = nn.Linear(spec.width, inner, bias=False) if has_keys else None
        self.pos_q_proj = nn.Linear(spec.width, inner, bias=bias) if has_queries else None

    def forward(
        self,
        hidden: Tensor,
        attend: Attend,
        rotation: Rotation | None,
        cache: Cache | None,
        context: Tensor | None = None,
    ) -> Tensor:
        assert isinstance(attend, Distances)
        query, key, value = self.heads(hidden, None, context)
        rate = self.dropout if self.training else 0.0
        num_terms = 1 + self.asks_position + self.is_asked
        scale = 1 / math.sqrt(num_terms * self.head_width)
        scores = (query * scale) @ key.mT  # [B, H, T, T]
        table = lowered(dropout(attend.table, rate) if rate else attend.table)
        if self.asks_position:
            keys = self._split(self.pos_k_proj or self.k_proj, table)  # [H, 2 R, E]
            scores = scores + _read(query * scale, keys, attend.index)
        if self.is_asked:
            queries = self._split(self.pos_q_proj or self.q_proj, table)
            # The same distance, read from the side of the key.
            scores = scores + _read(key, queries * scale, attend.index.mT).mT
        if attend.may_attend is not None:
            scores = scores.masked_fill(~attend.may_attend, float("-inf"))
        weights = softmax(scores, dim=-1).to(value.dtype)
        if rate:
            weights = dropout(weights, rate)
        return self.o_proj((weights @ value).transpose(1, 2).flatten(2))

    def _split(self, projection: nn.Linear, table: Tensor) -> Tensor:
        """[H, 2 R, E] of the table [2 R, D]."""
        return projection(table).unflatten(-1, (-1, self.head_width)).transpose(0, 1)


def _read(heads: Tensor, distances: Tensor, index: Tensor) -> Tensor:
    """[B, H, T, S] from heads [B, H, T, E] and vectors of distances [H, 2 R, E].

    As one product per head: vectors are not copied for each row of the batch.
    """
    by_distance = torch.einsum("bhte,hre->bhtr", heads, distances)
    return by_distance.gather(-1, index.expand(*by_distance.shape[:2], -1, -1))


def bucketed(back: Tensor, reach: int, farthest: int) -> Tensor:
    """Distances int64 as signed numbers of buckets below ``reach``: single ones up to its half."""
    middle = reach // 2
    size = back.abs().clamp(min=middle - 1 if middle > 1 else 1).float()
    wide = torch.ceil((size / middle).log() / math.log((farthest - 1) / middle) * (middle - 1))
    beyond = (wide + middle).long() * back.sign()
    return torch.where(back.abs() <= middle, back, beyond)
