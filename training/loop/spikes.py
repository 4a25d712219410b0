"""The spike rule: is this step's loss or gradient norm far above those of the last steps?

1. mean and standard deviation of each over the last steps, the values of skipped ones cut off at
   the limit that they passed, so that one spike neither blinds the rule nor locks it;
2. the limit is mean + sigma x deviation, the deviation being at least 1 % of the mean: a loss that
   hardly varies would else pass any limit by rounding;
3. what lies above, or is not finite, is skipped, and a flag remembers it for some steps.

All of it are small arrays on the run's device, so that nothing waits for the host, and a part of
every checkpoint. On a CPU numpy does the same arithmetic: its calls cost a tenth of torch's.
The limit and the window are those of OLMo (2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.specs.spikes import SpikePart

_LEAST_RELATIVE_DEVIATION = 0.01


@dataclass(frozen=True)
class Verdict:
    """``is_spike`` bool []; ``limits`` fp64 [2] of loss and norm, infinite while none is known.

    Arrays of the run's device: torch's, and numpy's on a CPU.
    """

    is_spike: Any
    limits: Any


class SpikeRule:
    """What a run remembers of its last steps; a slot of each tensor belongs to a step modulo."""

    def __init__(self, part: SpikePart, device: torch.device) -> None:
        self._sigma = part.sigma
        # Of loss and norm [2, W]; 0 where ``known`` [W] is 0.
        values = torch.zeros(2, part.window_steps, dtype=torch.float64, device=device)
        known = torch.zeros(part.window_steps, dtype=torch.float64, device=device)
        # The step that was skipped; 0 where none was.
        flags = torch.zeros(part.within_steps, dtype=torch.int64, device=device)
        self._tensors = {"spikes/values": values, "spikes/known": known, "spikes/flags": flags}
        self._library: Any = np if device.type == "cpu" else torch
        is_cpu = device.type == "cpu"
        self._values: Any = values.numpy() if is_cpu else values
        self._known: Any = known.numpy() if is_cpu else known
        self._flags: Any = flags.numpy() if is_cpu else flags

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint must hold; changed in place by every step."""
        return self._tensors

    def judge(
        self, step: int, loss: Tensor, norm: Tensor, is_overflow: Tensor | None = None
    ) -> Verdict:
        """Judge ``step`` by its loss [] and gradient norm [] and remember them.

        What ``is_overflow`` (bool []) was skipped for another reason and is no spike.
        """
        library, stacked = self._library, torch.stack([loss, norm]).double()
        seen = self._of_library(stacked)
        limits = self._limits()
        is_finite = library.isfinite(seen).all()
        is_spike = ~(is_finite & (seen <= limits).all())
        if is_overflow is not None:
            is_spike = is_spike & ~self._of_library(is_overflow)
        slot = step % len(self._known)
        self._values[:, slot] = library.where(is_finite, library.minimum(seen, limits), 0.0)
        self._known[slot] = is_finite
        self._flags[step % len(self._flags)] = is_spike * step
        return Verdict(is_spike, limits)

    def flagged_steps(self) -> list[int]:
        """The skipped ones among the last steps, ascending. Waits for the device."""
        return sorted(step for step in self._flags.tolist() if step)

    def forget_flags(self) -> None:
        """After going back: what was skipped then does not count against what comes now."""
        self._flags[:] = 0

    def _of_library(self, tensor: Tensor) -> Any:
        return tensor.numpy() if self._library is np else tensor

    def _limits(self) -> Any:
        """fp64 [2]; the variance is the mean of squares less the square of the mean."""
        library, values = self._library, self._values
        number = self._known.sum()
        weight = 1 / (number + (number == 0))
        mean = values.sum(1) * weight
        variance = (values * values).sum(1) * weight - mean * mean
        least = (_LEAST_RELATIVE_DEVIATION * mean) ** 2
        limits = mean + self._sigma * library.maximum(variance, least) ** 0.5
        is_judged = (2 * number >= len(self._known)) & bool(self._sigma)
        return library.where(is_judged, limits, np.inf)
