"""Frozen weights of products held in half precision, where products are computed in it anyway.

Autocast makes such a copy of a frozen fp32 weight in every forward pass and keeps it until the
backward pass ends. The same numbers held once, in place of the fp32 ones, give the same bits for
2 bytes per parameter instead of 6. A head tied to the embedding stays in fp32, which the embedding
is read in. DoRA measures the lengths of its base's rows in fp32, so its base is left alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.model.network import TrainyardModel
from training.tuning.lora import MAGNITUDE, adapter_tensors, frozen_tensors


def lower_frozen(model: TrainyardModel, dtype: torch.dtype = torch.bfloat16) -> None:
    """Hold what autocast would copy in ``dtype``; the rest is copied, so that no file stays mapped.

    Does nothing to a model without LoRA, whose checkpoints and exports hold the frozen weights.
    """
    if not can_be_lowered(model):
        return
    for parameter in _frozen_products(model).values():
        parameter.data = parameter.data.to(dtype)
    for parameter in model.parameters():
        if not parameter.requires_grad and parameter.dtype == torch.float32:
            parameter.data = parameter.data.clone()


def raise_frozen(model: TrainyardModel, base: dict[str, Tensor]) -> None:
    """Put the base's fp32 weights (our plain names) back, for merging; nothing else changes."""
    own = frozen_tensors(model)
    for name, parameter in _frozen_products(model).items():
        plain = name.replace(".base_layer.", ".")
        if own[plain].dtype != torch.float32:
            parameter.data = base[plain].to(parameter.device)


def can_be_lowered(model: nn.Module) -> bool:
    """Whether a model has LoRA beside its weights, and not DoRA."""
    names = adapter_tensors(model)
    return bool(names) and not any(MAGNITUDE in name for name in names)


def _frozen_products(model: TrainyardModel) -> dict[str, nn.Parameter]:
    """Frozen weights and biases of linear layers by their full names; none that is tied."""
    tied = model.get_input_embeddings().weight
    return {
        f"{path}.{leaf}": parameter
        for path, module in model.named_modules()
        if isinstance(module, nn.Linear)
        for leaf, parameter in module.named_parameters(recurse=False)
        if not parameter.requires_grad and parameter is not tied
    }
