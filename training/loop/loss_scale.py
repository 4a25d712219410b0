"""Scaling the loss where gradients are in fp16, which has no number below 6e-8 and none over 65504.

Micikevicius 2018; the course of the scale is that of ``torch.amp.GradScaler`` (a test holds it
equal), which would wait for the device in every step, hides its state from checkpoints, and knows
nothing of steps that are skipped for another reason:

1. the loss is multiplied by a power of two; gradients are divided by it where they become means;
2. a step whose loss is finite and whose gradient is not has overflowed: it is skipped, and the
   scale halved. It is no spike, and a number that the loss itself lacks is no overflow;
3. the scale is doubled after many steps in a row without one.

At the least scale there is nothing left to lower: the spike rule judges what is not finite then.
The scale is that of the *mean* loss of a micro-batch, as everywhere; the loop descends sums.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from training.specs.loss_scaling import LARGEST_SCALE, LossScalingPart

LEAST_SCALE = 1.0


@dataclass(frozen=True)
class Scaled:
    """What scaling did to one step: the ``scale`` [] that it had, and bool [] if it overflowed.

    ``num_overflows`` [] of the whole run, this step included.
    """

    scale: Tensor
    is_overflow: Tensor
    num_overflows: Tensor


class LossScale:
    """The scale and how long it has held; small tensors on the device, a part of checkpoints."""

    def __init__(self, part: LossScalingPart, tokens_per_pass: int, device: torch.device) -> None:
        self._growth_steps = part.growth_steps
        # The loop descends the sum over the tokens of a pass; a power of two near their number.
        self._tokens = 2.0 ** round(math.log2(tokens_per_pass))
        self._scale = torch.tensor(part.initial_scale, device=device)
        self._held = torch.zeros((), dtype=torch.int64, device=device)
        self._num_overflows = torch.zeros((), dtype=torch.int64, device=device)

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint must hold; changed in place by every step."""
        return {
            "loss_scale/scale": self._scale,
            "loss_scale/held": self._held,
            "loss_scale/num_overflows": self._num_overflows,
        }

    def scaled(self, loss: Tensor) -> Tensor:
        """What is to be descended instead of the sum ``loss`` of a micro-batch."""
        return loss * (self._scale / self._tokens)

    def inverse(self) -> Tensor:
        """[] What gradients must be multiplied with to be those of the sum of losses."""
        return self._tokens / self._scale

    def judge(self, loss: Tensor, norm: Tensor) -> Scaled:
        """Look at a step's loss [] and gradient norm [], and set the scale of the next one."""
        can_fall = self._scale > LEAST_SCALE
        is_overflow = loss.isfinite() & ~norm.isfinite() & can_fall
        before = self._scale.clone()
        self._num_overflows += is_overflow
        self._held.copy_(torch.where(is_overflow, 0, self._held + 1))
        has_held = self._held >= self._growth_steps
        factor = torch.where(is_overflow, 0.5, torch.where(has_held, 2.0, 1.0))
        self._scale.mul_(factor).clamp_(LEAST_SCALE, LARGEST_SCALE)
        self._held.mul_(~has_held)
        return Scaled(before, is_overflow, self._num_overflows.clone())
