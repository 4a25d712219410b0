"""The optimizers that can be chosen: each is built from groups of parameters and the spec's part.

AdamW: Loshchilov & Hutter 2019, torch's fused kernel (measured three times as quick as the loop on
CPU, facts of the project). Lion: Chen 2023. Adafactor: Shazeer & Stern 2018, torch's. Muon: Jordan
2024, torch's, in the form whose steps are as long as AdamW's (Liu 2025), with AdamW for all that is
no hidden matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import optim

from training.loop.lion import Lion
from training.specs.optimization import OptimizerPart

#: Keys of a group besides torch's own: its share of the rate, and whether it holds hidden matrices.
RATE_FACTOR, IS_HIDDEN = "rate_factor", "is_hidden"
Groups = list[dict[str, Any]]


@dataclass(frozen=True)
class OptimizerChoice:
    """How it is built, and the names of the tensors that the state of a parameter is made of.

    ``kernel`` is what the run's events call it.
    """

    build: Callable[[Groups, OptimizerPart], optim.Optimizer]
    state_keys: frozenset[frozenset[str]]
    kernel: str


class MuonAndAdamW(optim.Optimizer):
    """Muon for the groups of hidden matrices, AdamW for the others; one state, one list."""

    def __init__(self, groups: Groups, part: OptimizerPart) -> None:
        super().__init__(groups, {})
        hidden = [group for group in self.param_groups if group[IS_HIDDEN]]
        others = [group for group in self.param_groups if not group[IS_HIDDEN]]
        self._parts: list[optim.Optimizer] = []
        if hidden:
            self._parts.append(
                optim.Muon(hidden, momentum=part.beta2, adjust_lr_fn="match_rms_adamw")
            )
        if others:
            self._parts.append(_adamw(others, part))
        # Torch copies the list of groups but not the groups.
        self.param_groups = [group for one in self._parts for group in one.param_groups]
        for one in self._parts:
            one.state = self.state

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step of each; ``closure`` is torch's and unused."""
        for one in self._parts:
            one.step()


def _adamw(groups: Groups, part: OptimizerPart) -> optim.Optimizer:
    return optim.AdamW(groups, betas=(part.beta1, part.beta2), eps=part.epsilon, fused=True)


def _lion(groups: Groups, part: OptimizerPart) -> optim.Optimizer:
    return Lion(groups, beta1=part.beta1, beta2=part.beta2)


def _adafactor(groups: Groups, part: OptimizerPart) -> optim.Optimizer:
    return optim.Adafactor(groups, foreach=True)


def _keys(*states: set[str]) -> frozenset[frozenset[str]]:
    return frozenset(map(frozenset, states))


_OF_ADAMW = {"step", "exp_avg", "exp_avg_sq"}
ADAMW = OptimizerChoice(_adamw, _keys(_OF_ADAMW), "AdamW, torch's fused kernel")
LION = OptimizerChoice(_lion, _keys({"exp_avg"}), "Lion, torch's foreach kernels")
ADAFACTOR = OptimizerChoice(
    _adafactor,
    _keys({"step", "row_var", "col_var"}, {"step", "variance"}),
    "Adafactor, torch's foreach kernels",
)
MUON = OptimizerChoice(
    MuonAndAdamW,
    _keys({"momentum_buffer"}, _OF_ADAMW),
    "Muon for hidden matrices, torch's fused AdamW for the rest",
)
