"""Number format of matrix products: fp32, or bf16 or fp16 under autocast with fp32 weights."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from training.specs.optimization import Precision

#: What autocast lowers to; fp32 lowers nothing.
LOWERED = {Precision.BF16: torch.bfloat16, Precision.FP16: torch.float16}


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Context in which forward passes run."""
    lowered = LOWERED.get(precision)
    return torch.autocast(device.type, dtype=lowered, enabled=lowered is not None)
