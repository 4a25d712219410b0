"""Norms over the width. Both keep their weight in the residual stream's precision.

RMSNorm: Zhang & Sennrich 2019; LayerNorm: Ba 2016. torch has no fused backward of RMSNorm on CPU
(about ten passes over the activations, 4 % of a small model's step); ``RMSNormOnCpu`` takes half.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import layer_norm, rms_norm

from training.specs.model import ModelSpec


class RMSNorm(nn.Module):
    """x / rms(x) * weight over the last axis, which is D or ``width``: [..., D] -> [..., D]."""

    def __init__(self, spec: ModelSpec, width: int = 0) -> None:
        super().__init__()
        self.epsilon = spec.norm_epsilon
        self.weight = nn.Parameter(torch.ones(width or spec.width))

    def forward(self, hidden: Tensor) -> Tensor:
        if hidden.device.type == "cpu" and hidden.dtype == self.weight.dtype == torch.float32:
            normed = RMSNormOnCpu.apply(hidden, self.weight, self.epsilon)
            assert isinstance(normed, Tensor)
            return normed
        return rms_norm(hidden, self.weight.shape, self.weight, self.epsilon)


class LayerNorm(nn.Module):
    """(x - mean) / std * weight (+ bias) over the last axis, as wide as RMSNorm's."""

    def __init__(self, spec: ModelSpec, width: int = 0) -> None:
        super().__init__()
        width = width or spec.width
        self.epsilon = spec.norm_epsilon
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if spec.norm_has_bias else None

    def forward(self, hidden: Tensor) -> Tensor:
        return layer_norm(hidden, self.weight.shape, self.weight, self.bias, self.epsilon)


class RMSNormOnCpu(torch.autograd.Function):
    """y = x r w with r = 1 / sqrt(mean(x^2) + epsilon), in as few passes as torch's ops allow.

    With p = dy x:  dw = sum over rows of p r,  dx = dy w r - x r^3 (p . w) / D.
    """

    @staticmethod
    def forward(context: Any, hidden: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        width = hidden.shape[-1]
        length = torch.linalg.vector_norm(hidden, dim=-1, keepdim=True)
        scale = length.square_().div_(width).add_(epsilon).rsqrt_()  # [..., 1]
        context.save_for_backward(hidden, weight, scale)
        return (hidden * scale).mul_(weight)

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None]:
        hidden, weight, scale = context.saved_tensors
        width = hidden.shape[-1]
        product = (gradient * hidden).reshape(-1, width)
        # A frozen weight, beside an adapter, wants none.
        of_weight = torch.mv(product.T, scale.reshape(-1)) if context.needs_input_grad[1] else None
        pull = torch.mv(product, weight).view_as(scale) * scale.pow(3) / width
        of_hidden = (gradient * weight).mul_(scale).addcmul_(hidden, pull, value=-1)
        return of_hidden, of_weight, None
