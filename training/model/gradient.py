"""A gradient that is made smaller on its way back; nothing changes on the way there.

Zeng 2022 (GLM-130B): the embedding's gradient is what explodes first, and a tenth of it is enough.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _Shrunk(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, tensor: Tensor, share: float) -> Tensor:
        context.share = share
        return tensor.view_as(tensor)

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient * context.share, None


def shrink_gradient(tensor: Tensor, share: float) -> Tensor:
    """The same numbers; of their gradient only ``share`` goes further back."""
    shrunk = _Shrunk.apply(tensor, share)
    assert isinstance(shrunk, Tensor)
    return shrunk
