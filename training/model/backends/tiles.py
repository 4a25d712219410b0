"""Causal attention on a CPU in half precision, where torch's own kernel does not pay.

torch 2.13 computes attention on CPU in fp32 inside; in bf16 its backward pass takes up to four
times as long as in fp32 (short rows most), though the processor multiplies bf16 matrices at twice
the speed. So (figures: ``benchmarks/attention.py``):

1. short pieces are computed in fp32 by torch's kernel;
2. longer ones in tiles of ``TILE`` queries, which look at the keys up to their own end:
   weights = softmax(q k^T / sqrt(E) + mask), mixed = weights v, as batched products in bf16;
3. the backward pass makes the weights of a tile again (Dao 2022) instead of keeping T x T of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

#: Queries of one tile (64, 128 and 256 were measured).
TILE = 128


class TiledAttention(torch.autograd.Function):
    """[B, H, T, E], [B, K, T, E], [B, K, T, E] -> [B, H, T, E], all of one half-precision type."""

    @staticmethod
    def forward(context: Any, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        context.save_for_backward(query, key, value)
        mixed = _empty_heads(query)
        for row, start, end in _tiles(query):
            weights = _weights(query[row, :, start:end], key[row, :, :end])
            tile = torch.bmm(weights, value[row, :, :end])
            mixed[row, :, start:end] = tile.view(query.shape[1], end - start, -1)
        return mixed

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = context.saved_tensors
        of_query, of_key, of_value = _empty_heads(query), _empty_heads(key), _empty_heads(value)
        num_tokens, scale = query.shape[2], query.shape[3] ** -0.5
        # From the last tile, which looks at all keys, so that sums begin with a whole one.
        for row, start, end in _tiles(query, backwards=True):
            tile, keys, values = query[row, :, start:end], key[row, :, :end], value[row, :, :end]
            pulled = _shared(gradient[row, :, start:end], len(keys))
            weights = _weights(tile, keys)
            of_weights = torch.bmm(pulled, values.mT)
            of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype)
            of_tile = torch.bmm(of_scores, keys).mul_(scale)
            of_query[row, :, start:end] = of_tile.view(tile.shape)
            sums = (
                (of_key, torch.bmm(of_scores.mT, _shared(tile, len(keys))).mul_(scale)),
                (of_value, torch.bmm(weights.mT, pulled)),
            )
            for total, part in sums:
                if end == num_tokens:
                    total[row] = part
                else:
                    total[row, :, :end] += part
        return of_query, of_key, of_value


def _tiles(query: Tensor, *, backwards: bool = False) -> Iterator[tuple[int, int, int]]:
    """(row, first query, end) of every tile."""
    num_rows, _, num_tokens, _ = query.shape
    starts = range(0, num_tokens, TILE)
    for row in range(num_rows):
        for start in reversed(starts) if backwards else starts:
            yield row, start, min(start + TILE, num_tokens)


def _weights(tile: Tensor, keys: Tensor) -> Tensor:
    """Attention weights [K, H/K t, S] of the last t of S positions: [H, t, E], [K, S, E]."""
    num_shared, num_keys, width = keys.shape
    mask = _mask(tile.shape[1], num_keys, tile.shape[0] // num_shared, tile.dtype)
    scores = torch.baddbmm(mask, _shared(tile, num_shared), keys.mT, alpha=width**-0.5)
    return torch.softmax(scores, dim=-1)


def _shared(heads: Tensor, num_shared: int) -> Tensor:
    """[H, t, E] -> [K, H/K t, E]: queries that share a key head become rows of one product."""
    return heads.reshape(num_shared, -1, heads.shape[-1])


@lru_cache(maxsize=64)
def _mask(num_queries: int, num_keys: int, num_sharing: int, dtype: torch.dtype) -> Tensor:
    """0 and -inf to add, [num_sharing t, S]: query i of the last t sees no key after its own."""
    above = torch.full((num_queries, num_keys), float("-inf"), dtype=dtype)
    return above.triu(1 + num_keys - num_queries).repeat(num_sharing, 1)


def _empty_heads(like: Tensor) -> Tensor:
    """[B, H, T, E] laid out as a projection leaves it: [B, T, H, E] in memory."""
    num_rows, num_heads, num_tokens, width = like.shape
    return like.new_empty(num_rows, num_tokens, num_heads, width).transpose(1, 2)
