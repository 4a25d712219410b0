"""LoRA through peft's injection into our own decoder, and its tensors in peft's plain names.

Hu 2021; DoRA: Liu 2024; rsLoRA: Kalajdzievski 2023. In the module a projection ``q_proj`` becomes a
layer with ``q_proj.base_layer`` (frozen), ``q_proj.lora_A.default`` and ``q_proj.lora_B.default``;
with DoRA also ``q_proj.lora_magnitude_vector.default``.
"""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from training.errors import Problem, SpecError
from training.model.network import TrainyardModel
from training.specs.model import ModelSpec
from training.specs.tuning import LoraPart, TuningPart

ADAPTER = "default"
_BASE = ".base_layer."
#: In the names of what DoRA learns beside.
MAGNITUDE = ".lora_magnitude_vector."
_PARTS = (".lora_A.", ".lora_B.", MAGNITUDE)


def apply(model: TrainyardModel, part: TuningPart, seed: int) -> None:
    """Put the matrices beside the chosen projections; only they learn. B is 0, so nothing changes.

    Equal seeds give equal bits, whatever was drawn before; torch's global generator is left alone.
    SpecError when the model lacks a target.
    """
    # peft brings transformers along, which takes seconds: only runs with LoRA wait for it.
    from peft import LoraConfig, inject_adapter_in_model
    from peft.tuners.lora import LoraLayer

    _check_targets(part.lora, model.spec)
    lora = part.lora
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,  # type: ignore[arg-type]  # peft only divides it
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
        use_dora=lora.uses_dora,
        use_rslora=lora.uses_rslora,
        bias="none",
    )
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        inject_adapter_in_model(config, model, adapter_name=ADAPTER)
    for module in model.modules():
        if isinstance(module, LoraLayer):
            # Under autocast the input stays in half precision instead of being copied to single.
            module.cast_input_dtype_enabled = False


def is_adapter_parameter(name: str) -> bool:
    """Whether a parameter belongs to the adapter."""
    return any(part in name for part in _PARTS)


def has_adapter(model: nn.Module) -> bool:
    """Whether matrices have been put beside a model's projections."""
    return any(is_adapter_parameter(name) for name, _ in model.named_parameters())


def adapter_tensors(model: nn.Module) -> dict[str, Tensor]:
    """The adapter's parameters by their full names in the module, as saved in checkpoints."""
    return {
        name: parameter
        for name, parameter in model.named_parameters()
        if is_adapter_parameter(name)
    }


def merged_tensors(model: TrainyardModel) -> dict[str, Tensor]:
    """Weights with the adapter in them, under our plain names. Changes the model for good."""
    from peft.tuners.lora import LoraLayer

    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, LoraLayer) and not module.merged:
                module.merge(safe_merge=True, adapter_names=[ADAPTER])
    return frozen_tensors(model)


def frozen_tensors(model: nn.Module) -> dict[str, Tensor]:
    """The weights beside the adapter, under our plain names."""
    return {
        name.replace(_BASE, "."): tensor
        for name, tensor in model.state_dict().items()
        if not is_adapter_parameter(name)
    }


def scale_of(part: LoraPart) -> float:
    """What B A is multiplied by."""
    return part.alpha / (part.rank**0.5 if part.uses_rslora else part.rank)


def _check_targets(part: LoraPart, spec: ModelSpec) -> None:
    if spec.is_gated or "gate_proj" not in part.targets:
        return
    good = [name for name in part.targets if name != "gate_proj"]
    raise SpecError(
        [
            Problem(
                "tuning.lora.targets",
                "the base's feed-forward has no gate",
                got="gate_proj",
                expected="q_proj, k_proj, v_proj, o_proj, up_proj, down_proj",
                hint="Leave gate_proj out.",
                fix=(("tuning.lora.targets", good),),
            )
        ]
    )
