"""Attention on a CPU in half precision, where torch's own kernel does not pay.

torch 2.13 computes attention on CPU in fp32 inside; in bf16 its backward pass takes up to four
times as long as in fp32 (short rows most), though the processor multiplies bf16 matrices at twice
the speed. So (figures: ``benchmarks/attention.py``):

1. short pieces are computed in fp32 by torch's kernel;
2. longer ones in tiles of ``TILE`` queries, which look at the keys up to their own end (or
   at all of them, where attention is not causal):
   weights = softmax(q k^T / sqrt(E) + mask), mixed = weights v, as batched products in bf16;
3. the backward pass makes the weights of a tile again (Dao 2022) instead of keeping T x T of them.

Shapes: N = B K key heads of the batch, G = H / K queries' heads to each of them.
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
#: Weights of the heads that are computed together: what stays near the cache.
_MOST_WEIGHTS = 1 << 20


class TiledAttention(torch.autograd.Function):
    """[B, H, T, E], [B, K, T, E], [B, K, T, E] -> [B, H, T, E], all of one half-precision type."""

    @staticmethod
    def forward(
        context: Any, query: Tensor, key: Tensor, value: Tensor, is_causal: bool = True
    ) -> Tensor:
        context.save_for_backward(query, key, value)
        context.is_causal = is_causal
        queries, keys, values = _queries(query, key), _keys(key), _keys(value)
        mixed = torch.empty_like(queries)
        for part, start, end in _tiles(queries):
            tile = queries[part, :, start:end]
            seen = end if is_causal else None
            weights = _weights(tile, keys[part, :seen], is_causal)
            mixed[part, :, start:end] = torch.bmm(weights, values[part, :seen]).view(tile.shape)
        return mixed.view(query.shape)

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        query, key, value = context.saved_tensors
        is_causal = context.is_causal
        queries, keys, values = _queries(query, key), _keys(key), _keys(value)
        pulled = _queries(gradient, key)
        of_queries, of_keys, of_values = map(torch.empty_like, (queries, keys, values))
        scale = query.shape[3] ** -0.5
        for part, start, end in _tiles(queries):
            tile, pull = queries[part, :, start:end], pulled[part, :, start:end].flatten(1, 2)
            seen = end if is_causal else None
            weights = _weights(tile, keys[part, :seen], is_causal)
            of_weights = torch.bmm(pull, values[part, :seen].mT)
            of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype)
            of_tile = torch.bmm(of_scores, keys[part, :seen]).mul_(scale)
            of_queries[part, :, start:end] = of_tile.view(tile.shape)
            written = start if is_causal or not start else keys.shape[1]
            _put(of_values[part], torch.bmm(weights.mT, pull), written)
            _put(of_keys[part], torch.bmm(of_scores.mT, tile.flatten(1, 2)).mul_(scale), written)
        of_inputs = (
            of_queries.view(query.shape),
            of_keys.view(key.shape),
            of_values.view(value.shape),
        )
        return *of_inputs, None


def _queries(query: Tensor, key: Tensor) -> Tensor:
    """[B, H, T, E] -> [N, G, T, E], one after the other in memory."""
    return query.reshape(key.shape[0] * key.shape[1], -1, *query.shape[2:]).contiguous()


def _keys(key: Tensor) -> Tensor:
    """[B, K, T, E] -> [N, T, E], one after the other in memory."""
    return key.reshape(-1, *key.shape[2:]).contiguous()


def _tiles(queries: Tensor) -> Iterator[tuple[slice, int, int]]:
    """(part of the N heads, first query, end) of every tile, in the order of the queries."""
    num_heads, num_sharing, num_tokens, _ = queries.shape
    for start in range(0, num_tokens, TILE):
        end = min(start + TILE, num_tokens)
        together = max(1, _MOST_WEIGHTS // (num_sharing * (end - start) * end))
        for first in range(0, num_heads, together):
            yield slice(first, first + together), start, end


def _weights(tile: Tensor, keys: Tensor, is_causal: bool) -> Tensor:
    """Attention weights [n, G t, S] of [n, G, t, E], [n, S, E]; causal: of the last t of S."""
    _, num_sharing, num_queries, width = tile.shape
    if is_causal:
        mask = _mask(num_queries, keys.shape[1], num_sharing, tile.dtype)
        scores = torch.baddbmm(mask, tile.flatten(1, 2), keys.mT, alpha=width**-0.5)
    else:
        scores = torch.bmm(tile.flatten(1, 2), keys.mT).mul_(width**-0.5)
    return torch.softmax(scores, dim=-1)


def _put(total: Tensor, part: Tensor, written: int) -> None:
    """Add a tile's part [n, S, E] to the gradient [n, T, E]; rows from ``written`` are new."""
    total[:, :written] += part[:, :written]
    total[:, written : part.shape[1]] = part[:, written:]


@lru_cache(maxsize=64)
def _mask(num_queries: int, num_keys: int, num_sharing: int, dtype: torch.dtype) -> Tensor:
    """0 and -inf to add, [num_sharing t, S]: query i of the last t sees no key after its own."""
    above = torch.full((num_queries, num_keys), float("-inf"), dtype=dtype)
    return above.triu(1 + num_keys - num_queries).repeat(num_sharing, 1)
