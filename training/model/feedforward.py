"""The position-wise network of a block. F is the feed-forward width.

SwiGLU: Shazeer 2020. GELU: Hendrycks & Gimpel 2016, in the tanh form that GPT-2 was trained with
(``gelu_new``), so that GPT-2 weights mean the same here.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import gelu, silu

from training.specs.model import ModelSpec


class SwiGLU(nn.Module):
    """down(silu(gate(x)) * up(x)): [..., D] -> [..., F] -> [..., D]."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        width, inner, bias = spec.width, spec.feedforward_width, spec.has_biases
        self.gate_proj = nn.Linear(width, inner, bias=bias)
        self.up_proj = nn.Linear(width, inner, bias=bias)
        self.down_proj = nn.Linear(inner, width, bias=bias)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.down_proj(silu(self.gate_proj(hidden)) * self.up_proj(hidden))


class Gelu(nn.Module):
    """down(gelu(up(x))): [..., D] -> [..., F] -> [..., D]."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.up_proj = nn.Linear(spec.width, spec.feedforward_width, bias=spec.has_biases)
        self.down_proj = nn.Linear(spec.feedforward_width, spec.width, bias=spec.has_biases)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.down_proj(gelu(self.up_proj(hidden), approximate="tanh"))
