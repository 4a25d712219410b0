"""GLM-4 under the names and layouts of transformers. Du 2022 (GLM), GLM team 2024 (GLM-4).

LLaMA but for RoPE, which turns a part of each head and pairs neighbours (2 i, 2 i + 1) where ours
pairs halves (i, i + R/2): rows of queries and keys are put in another order, which changes no
score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from training.export.native.base import Tensors, differences
from training.export.native.llama import llama_values, unlike_llama
from training.specs.model import ModelSpec
from training.specs.model_choices import RopeScaling

if TYPE_CHECKING:
    from transformers.configuration_utils import PreTrainedConfig

_TURNED = ("q_proj.weight", "q_proj.bias", "k_proj.weight", "k_proj.bias")


@dataclass(frozen=True)
class Glm:
    """RoPE on a part of each head, RMSNorm, SwiGLU; biases in query, key and value, or none."""

    name: str = "GlmForCausalLM"

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Where whole heads are turned it is LLaMA or Qwen2."""
        turned = int(spec.head_width * spec.rope_fraction)
        return differences(
            self.name,
            {
                **unlike_llama(spec, whole_heads=False),
                "RoPE turns whole heads": spec.rope_fraction == 1,
                f"RoPE turns {turned} numbers of each head": turned % 2 == 1,
                "RoPE is scaled": spec.rope_scaling.kind != RopeScaling.NONE,
                "all projections have biases": spec.has_biases,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """GlmConfig; the ids of its marks are the tokenizer's, none of GLM's own."""
        from transformers import GlmConfig

        config = GlmConfig(
            **llama_values(spec), attention_bias=spec.has_qkv_biases, pad_token_id=None
        )
        config.eos_token_id = None
        return config

    def tensors(self, ours: Tensors, spec: ModelSpec) -> Tensors:
        """Gate and inner layer in one matrix; neighbours are turned."""
        theirs = {name: _neighbours(name, tensor, spec) for name, tensor in ours.items()}
        for layer in range(spec.num_layers):
            mlp = f"model.layers.{layer}.mlp"
            parts = [theirs.pop(f"{mlp}.{name}_proj.weight") for name in ("gate", "up")]
            theirs[f"{mlp}.gate_up_proj.weight"] = torch.cat(parts)
        return theirs

    def ours(self, theirs: Tensors, spec: ModelSpec) -> Tensors:
        """Gate and inner layer apart; halves are turned."""
        ours = {name: _halves(name, tensor, spec) for name, tensor in theirs.items()}
        for layer in range(spec.num_layers):
            mlp = f"model.layers.{layer}.mlp"
            gate, up = ours.pop(f"{mlp}.gate_up_proj.weight").chunk(2)
            ours[f"{mlp}.gate_proj.weight"] = gate.contiguous()
            ours[f"{mlp}.up_proj.weight"] = up.contiguous()
        return ours


def _neighbours(name: str, tensor: Tensor, spec: ModelSpec) -> Tensor:
    return _in_order(name, tensor, spec, torch.arange(spec.rotary_width).view(2, -1).T.flatten())


def _halves(name: str, tensor: Tensor, spec: ModelSpec) -> Tensor:
    return _in_order(name, tensor, spec, torch.arange(spec.rotary_width).view(-1, 2).T.flatten())


def _in_order(name: str, tensor: Tensor, spec: ModelSpec, order: Tensor) -> Tensor:
    """Of queries and keys the rows that RoPE turns, head by head, in this order."""
    if not name.endswith(_TURNED):
        return tensor
    heads = tensor.unflatten(0, (-1, spec.head_width))
    turned = heads[:, order.to(tensor.device)]
    return torch.cat((turned, heads[:, spec.rotary_width :]), 1).flatten(0, 1).contiguous()
