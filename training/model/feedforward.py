"""The position-wise network of a block. F is the feed-forward width.

SwiGLU and GeGLU: Shazeer 2020. GELU: Hendrycks & Gimpel 2016; its tanh form is what GPT-2 and BLOOM
were trained with (``gelu_new``), the exact one what BERT, GPT-NeoX and Falcon were.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn
from torch.nn.functional import gelu, relu, silu

from training.specs.model import ModelSpec


class Gated(nn.Module, ABC):
    """down(activate(gate(x)) * up(x)): [..., D] -> [..., F] -> [..., D]."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        width, inner, bias = spec.width, spec.feedforward_width, spec.has_biases
        self.gate_proj = nn.Linear(width, inner, bias=bias)
        self.up_proj = nn.Linear(width, inner, bias=bias)
        self.down_proj = nn.Linear(inner, width, bias=bias)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.down_proj(self.activate(self.gate_proj(hidden)) * self.up_proj(hidden))

    @abstractmethod
    def activate(self, gate: Tensor) -> Tensor:
        """[..., F] -> [..., F]."""


class Plain(nn.Module, ABC):
    """down(activate(up(x))): [..., D] -> [..., F] -> [..., D]."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.up_proj = nn.Linear(spec.width, spec.feedforward_width, bias=spec.has_biases)
        self.down_proj = nn.Linear(spec.feedforward_width, spec.width, bias=spec.has_biases)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.down_proj(self.activate(self.up_proj(hidden)))

    @abstractmethod
    def activate(self, inner: Tensor) -> Tensor:
        """[..., F] -> [..., F]."""


class SwiGLU(Gated):
    """Gated by SiLU."""

    def activate(self, gate: Tensor) -> Tensor:
        """SiLU."""
        return silu(gate)


class GeGLU(Gated):
    """Gated by GELU in its tanh form."""

    def activate(self, gate: Tensor) -> Tensor:
        """GELU, tanh form."""
        return gelu(gate, approximate="tanh")


class Gelu(Plain):
    """GELU in its tanh form."""

    def activate(self, inner: Tensor) -> Tensor:
        """GELU, tanh form."""
        return gelu(inner, approximate="tanh")


class ExactGelu(Plain):
    """GELU by the error function."""

    def activate(self, inner: Tensor) -> Tensor:
        """GELU, exact."""
        return gelu(inner)


class Relu(Plain):
    """ReLU."""

    def activate(self, inner: Tensor) -> Tensor:
        """ReLU."""
        return relu(inner)


class Silu(Plain):
    """SiLU."""

    def activate(self, inner: Tensor) -> Tensor:
        """SiLU."""
        return silu(inner)
