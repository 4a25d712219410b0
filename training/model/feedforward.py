"""The position-wise network of a block. F is the feed-forward width.

SwiGLU and GeGLU: Shazeer 2020. GELU: Hendrycks & Gimpel 2016; its tanh form is what GPT-2 and BLOOM
were trained with (``gelu_new``), the exact one what BERT, GPT-NeoX and Falcon were.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.functional import dropout, gelu, relu, silu

from training.specs.model import ModelSpec
from training.specs.model_choices import FeedForward

_tanh_gelu = functools.partial(gelu, approximate="tanh")
#: [..., F] -> [..., F]; of a gated network this is what the gate goes through.
ACTIVATIONS: dict[FeedForward, Callable[[Tensor], Tensor]] = {
    FeedForward.SWIGLU: silu,
    FeedForward.GEGLU: _tanh_gelu,
    FeedForward.GELU: _tanh_gelu,
    FeedForward.GELU_EXACT: gelu,
    FeedForward.RELU: relu,
    FeedForward.SILU: silu,
}


class Gated(nn.Module):
    """down(activate(gate(x)) * up(x)): [..., D] -> [..., F] -> [..., D]."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        width, inner, bias = spec.width, spec.feedforward_width, spec.has_biases
        self.activate = ACTIVATIONS[spec.feedforward]
        self.dropout = spec.feedforward_dropout
        self.gate_proj = nn.Linear(width, inner, bias=bias)
        self.up_proj = nn.Linear(width, inner, bias=bias)
        self.down_proj = nn.Linear(inner, width, bias=bias)

    def forward(self, hidden: Tensor) -> Tensor:
        inner = self.activate(self.gate_proj(hidden)) * self.up_proj(hidden)
        return self.down_proj(
            dropout(inner, self.dropout, self.training) if self.dropout else inner
        )


class Plain(nn.Module):
    """down(activate(up(x))): [..., D] -> [..., F] -> [..., D]."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.activate = ACTIVATIONS[spec.feedforward]
        self.dropout = spec.feedforward_dropout
        self.up_proj = nn.Linear(spec.width, spec.feedforward_width, bias=spec.has_biases)
        self.down_proj = nn.Linear(spec.feedforward_width, spec.width, bias=spec.has_biases)

    def forward(self, hidden: Tensor) -> Tensor:
        inner = self.activate(self.up_proj(hidden))
        return self.down_proj(
            dropout(inner, self.dropout, self.training) if self.dropout else inner
        )
