"""One pre-norm transformer block: x + attention(norm(x)), then x + feedforward(norm(x)).

Names of sub-modules are LLaMA's, so that a LLaMA-shaped model's weights are native as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout
from transformers import Cache

from training.model.attention import Attention
from training.model.backends.base import Attend
from training.model.positions import Rotation
from training.registry import find
from training.specs.model import ModelSpec


class Block(nn.Module):
    """[B, T, D] -> [B, T, D]."""

    def __init__(self, spec: ModelSpec, layer: int) -> None:
        super().__init__()
        norm, feedforward = find("norms", spec.norm), find("feedforwards", spec.feedforward)
        self.dropout = spec.dropout
        self.input_layernorm = norm.load()(spec)
        self.self_attn = Attention(spec, layer)
        self.post_attention_layernorm = norm.load()(spec)
        self.mlp = feedforward.load()(spec)

    def forward(
        self, hidden: Tensor, attend: Attend, rotation: Rotation | None, cache: Cache | None = None
    ) -> Tensor:
        normed = lowered(self.input_layernorm(hidden))
        hidden = hidden + self._drop(self.self_attn(normed, attend, rotation, cache))
        normed = lowered(self.post_attention_layernorm(hidden))
        return hidden + self._drop(self.mlp(normed))

    def _drop(self, hidden: Tensor) -> Tensor:
        return dropout(hidden, self.dropout) if self.dropout and self.training else hidden


def lowered(hidden: Tensor) -> Tensor:
    """Under autocast the type of matrix products, once: else every projection makes its own copy.

    In bf16 that copy would stay until the backward pass, an eighth of a block's activations.
    """
    device = hidden.device.type
    if not torch.is_autocast_enabled(device):
        return hidden
    return hidden.to(torch.get_autocast_dtype(device))
