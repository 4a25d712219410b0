"""Number format of matrix products: fp32, or bf16 under autocast with fp32 weights."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from training.specs.optimization import Precision


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Context in which forward passes run."""
    is_bf16 = precision == Precision.BF16
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=is_bf16)
