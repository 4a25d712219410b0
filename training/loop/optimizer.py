"""AdamW with decay groups: matrices decay; norms, biases and other 1-D parameters do not.

State is named by parameter, never by position, so that a checkpoint survives a reordering.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.specs.optimization import OptimizerPart

_MOMENTS = ("exp_avg", "exp_avg_sq")


def build_optimizer(model: nn.Module, part: OptimizerPart) -> torch.optim.AdamW:
    """Fused AdamW (measured three times as quick as the loop on CPU, facts of the project)."""
    parameters = [p for _, p in trainable(model)]
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": part.weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=part.learning_rate,
        betas=(part.beta1, part.beta2),
        eps=part.epsilon,
        fused=True,
    )


def trainable(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """(name, parameter) of everything that learns; tied parameters once, by their first name."""
    return [(name, p) for name, p in model.named_parameters() if p.requires_grad]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every group the same rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """{"exp_avg/<parameter>", "exp_avg_sq/<parameter>", "step/<parameter>"} of what has state."""
    tensors = {}
    for name, parameter in trainable(model):
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"{key}/{name}"] = value
    return tensors


def load_optimizer_tensors(
    model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]
) -> None:
    """Put back what ``optimizer_tensors`` gave. Raises KeyError when a parameter has no state."""
    for name, parameter in trainable(model):
        state = {key: tensors[f"{key}/{name}"].to(parameter.device).clone() for key in _MOMENTS}
        # The fused step counts on the device of the parameter, as a 0-D fp32 tensor.
        state["step"] = tensors[f"step/{name}"].to(parameter.device).clone()
        optimizer.state[parameter] = state
