"""Multi-head attention with shared key/value heads; the mask lives in the back end.

Vaswani 2017; MQA: Shazeer 2019; GQA: Ainslie 2023 (query head h uses key/value head h // (H / K));
QK-norm: Henry 2020, in the form of Qwen3 (RMSNorm over the width of a head, before RoPE).
"""

from __future__ import annotations

from torch import Tensor, nn

from training.model.backends.base import Attend
from training.model.cache import Cache
from training.model.norms import RMSNorm
from training.model.positions import Rotation
from training.model.precision import lowered
from training.specs.model import ModelSpec


class Attention(nn.Module):
    """[B, T, D] -> [B, T, D]."""

    def __init__(self, spec: ModelSpec, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.head_width = spec.head_width
        self.dropout = spec.attention_drop
        inner, shared = spec.num_heads * spec.head_width, spec.num_kv_heads * spec.head_width
        bias = spec.has_biases or spec.has_qkv_biases
        self.q_proj = nn.Linear(spec.width, inner, bias=bias)
        self.k_proj = nn.Linear(spec.width, shared, bias=spec.has_key_biases)
        self.v_proj = nn.Linear(spec.width, shared, bias=bias)
        self.o_proj = nn.Linear(inner, spec.width, bias=spec.has_biases)
        self.q_norm = RMSNorm(spec, spec.head_width) if spec.has_qk_norm else None
        self.k_norm = RMSNorm(spec, spec.head_width) if spec.has_qk_norm else None

    def forward(
        self,
        hidden: Tensor,
        attend: Attend,
        rotation: Rotation | None,
        cache: Cache | None,
        context: Tensor | None = None,
    ) -> Tensor:
        """``context`` [B, T, D] is what is looked at; None is what looks."""
        query, key, value = self.heads(hidden, rotation, context)
        if cache is not None:
            key, value = cache.update(key, value, self.layer)  # [B, K, S, E]
        mixed = attend(query, key, value, self.dropout if self.training else 0.0)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))

    def heads(
        self, hidden: Tensor, rotation: Rotation | None, context: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries [B, H, T, E], keys and values [B, K, T, E]."""
        split = (-1, self.head_width)
        context = hidden if context is None else context
        query = self.q_proj(hidden).unflatten(-1, split)  # [B, T, H, E]
        key = self.k_proj(context).unflatten(-1, split)  # [B, T, K, E]
        value = self.v_proj(context).unflatten(-1, split).transpose(1, 2)
        if self.q_norm is not None and self.k_norm is not None:
            kept = self.q_norm.weight.dtype
            query = lowered(self.q_norm(query.to(kept)))
            key = lowered(self.k_norm(key.to(kept)))
        if rotation is not None:
            query, key = rotation.turn(query), rotation.turn(key)
        return query.transpose(1, 2), key.transpose(1, 2), value
