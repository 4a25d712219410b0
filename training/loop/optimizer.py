"""Groups of parameters with their rate and decay, and the optimizer's state by their names.

State is named by parameter, never by position, so that a checkpoint survives a reordering. Which
optimizer it is, is a row of the registry (``training.loop.optimizers``).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from training.errors import CheckpointError
from training.loop.optimizers import IS_HIDDEN, RATE_FACTOR, OptimizerChoice
from training.planning.initial import KIND_OF_MODULE, ParameterKind
from training.registry import OPTIMIZERS
from training.specs.optimization import OptimizerKind, OptimizerPart, ParameterGroupsPart


def build_optimizer(model: nn.Module, part: OptimizerPart) -> torch.optim.Optimizer:
    """The optimizer that was chosen, over groups of equal rate and decay."""
    return choice_of(part).build(_groups(model, part), part)


def choice_of(part: OptimizerPart) -> OptimizerChoice:
    """What the registry knows of the optimizer that was chosen."""
    choice: OptimizerChoice = OPTIMIZERS[part.kind].load()
    return choice


def trainable(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """(name, parameter) of everything that learns; tied parameters once, by their first name."""
    return [(name, p) for name, p in model.named_parameters() if p.requires_grad]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every group its share of the rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group[RATE_FACTOR]


def may_skip_on_device(optimizer: torch.optim.Optimizer) -> bool:
    """Whether a step can be skipped by a flag on the GPU: torch's fused AdamW alone reads one."""
    return isinstance(optimizer, torch.optim.AdamW)


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """{"<key>/<parameter>": tensor} of what has state, for AdamW exp_avg, exp_avg_sq and step."""
    tensors = {}
    for name, parameter in trainable(model):
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"{key}/{name}"] = value
    return tensors


def load_optimizer_tensors(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    tensors: dict[str, Tensor],
    part: OptimizerPart,
) -> None:
    """Put back what ``optimizer_tensors`` gave; CheckpointError when another optimizer gave it."""
    found: dict[str, dict[str, Tensor]] = {}
    for full, tensor in tensors.items():
        key, _, name = full.partition("/")
        found.setdefault(name, {})[key] = tensor
    keys = {frozenset(state) for state in found.values()}
    if not keys <= choice_of(part).state_keys or any(
        name not in found for name, _ in trainable(model)
    ):
        raise CheckpointError(
            f"The checkpoint holds no state of {part.kind} for every parameter that learns: it was "
            "written with another optimizer, or another part of the model learnt.",
            advice="Put optimizer.kind and tuning back, or begin in another folder with the "
            "checkpoint as base.",
        )
    for name, parameter in trainable(model):
        optimizer.state[parameter] = {
            key: _placed(key, tensor, parameter, part) for key, tensor in found[name].items()
        }


def _placed(key: str, tensor: Tensor, parameter: nn.Parameter, part: OptimizerPart) -> Tensor:
    """Fused steps are counted on the device of the parameter, Adafactor's on the host."""
    is_counter = key == "step" and part.kind == OptimizerKind.ADAFACTOR
    return tensor.to("cpu" if is_counter else parameter.device).clone()


def _groups(model: nn.Module, part: OptimizerPart) -> list[dict[str, Any]]:
    """Groups in the order of their first parameter; equal ones are one, for one fused call."""
    found: dict[tuple[float, float, bool], list[nn.Parameter]] = {}
    for name, parameter in trainable(model):
        rate, decay, is_hidden = _share(name, parameter, part.groups)
        found.setdefault((rate, decay * part.weight_decay, is_hidden), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": part.learning_rate * rate,
            "weight_decay": decay,
            RATE_FACTOR: rate,
            IS_HIDDEN: is_hidden,
        }
        for (rate, decay, is_hidden), parameters in found.items()
    ]


def _share(
    name: str, parameter: nn.Parameter, groups: ParameterGroupsPart
) -> tuple[float, float, bool]:
    """(share of the rate, share of the decay, whether it is a hidden matrix)."""
    if parameter.dim() < 2:
        return groups.norm_rate, groups.norm_decay, False
    module = name.split(".")[-2] if "." in name else ""
    kind = KIND_OF_MODULE.get(module)
    if kind == ParameterKind.EMBEDDING:
        return groups.embedding_rate, groups.embedding_decay, False
    if kind == ParameterKind.HEAD:
        return groups.head_rate, groups.head_decay, False
    return groups.matrix_rate, 1.0, True
