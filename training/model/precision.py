"""Activations in the type of matrix products, once per norm."""

from __future__ import annotations

import torch
from torch import Tensor


def lowered(hidden: Tensor) -> Tensor:
    """Under autocast the type of matrix products, once: else every projection makes its own copy.

    In bf16 that copy would stay until the backward pass, an eighth of a block's activations.
    """
    device = hidden.device.type
    if not torch.is_autocast_enabled(device):
        return hidden
    return hidden.to(torch.get_autocast_dtype(device))
