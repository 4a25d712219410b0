"""Where bf16 pays: only where matrix products in it have instructions of their own.

Elsewhere torch computes them by conversion, several times slower than fp32. Without torch the same
question is answered for the CPU by ``training.planning.machine.cpu_has_bf16``.
"""

from __future__ import annotations

import torch

from training.planning.machine import cpu_has_bf16

#: Ampere, the first NVIDIA generation with bf16 tensor cores.
_FIRST_WITH_BF16 = (8, 0)


def bf16_pays(device: torch.device | str) -> bool:
    """Whether bf16 autocast is faster than fp32 on ``device``."""
    kind = torch.device(device).type
    if kind == "cpu":
        return cpu_has_bf16()
    if kind == "cuda":
        return torch.cuda.get_device_capability(device) >= _FIRST_WITH_BF16
    return False
