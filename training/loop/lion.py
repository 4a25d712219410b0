"""Lion: the sign of a momentum (Chen 2023), one moment for each parameter.

c = beta1 m + (1 - beta1) g;   p <- p - rate (sign(c) + decay p);   m <- beta2 m + (1 - beta2) g
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class Lion(Optimizer):
    """State of a parameter: ``exp_avg``, m. ``lr`` and ``weight_decay`` are those of its group."""

    def __init__(self, groups: list[dict[str, Any]], *, beta1: float, beta2: float) -> None:
        super().__init__(groups, {})
        self._beta1, self._beta2 = beta1, beta2

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step; ``closure`` is torch's and unused."""
        for group in self.param_groups:
            pairs = [(p, p.grad) for p in group["params"] if p.grad is not None]
            if pairs:
                self._step(group, [p for p, _ in pairs], [gradient for _, gradient in pairs])

    def _step(
        self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]
    ) -> None:
        moments = [self._moment(p) for p in parameters]
        updates = torch._foreach_lerp(moments, gradients, 1 - self._beta1)
        torch._foreach_sign_(updates)
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(parameters, updates, alpha=-group["lr"])
        torch._foreach_lerp_(moments, gradients, 1 - self._beta2)

    def _moment(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["exp_avg"] = torch.zeros_like(parameter)
        moment: Tensor = state["exp_avg"]
        return moment
