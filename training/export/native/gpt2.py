"""GPT-2 under the names and layouts of transformers. Radford 2019."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from training.export.native.base import (
    BARE,
    Tensors,
    differences,
    head_layout_differs,
    parts_of_other_classes,
    unlike,
)
from training.specs.model import ModelSpec
from training.specs.model_choices import FeedForward, Norm, Position

if TYPE_CHECKING:
    from transformers.configuration_utils import PreTrainedConfig


@dataclass(frozen=True)
class Gpt2:
    """Learned positions, LayerNorm, GELU, biases, as many key/value heads as heads, tied."""

    name: str = "GPT2LMHeadModel"

    def reason_against(self, spec: ModelSpec) -> str | None:
        """An untied GPT-2 exists in transformers, but other readers assume a tied one."""
        return differences(
            self.name,
            {
                **unlike(
                    spec,
                    position=Position.LEARNED,
                    norm=Norm.LAYERNORM,
                    feedforward=FeedForward.GELU,
                ),
                **parts_of_other_classes(spec),
                "there are no biases": not spec.has_biases,
                "the head is not tied": not spec.is_tied,
                **head_layout_differs(spec),
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """GPT2Config."""
        from transformers import GPT2Config

        return GPT2Config(
            vocab_size=spec.vocab_size,
            n_positions=spec.context_length,
            n_embd=spec.width,
            n_layer=spec.num_layers,
            n_head=spec.num_heads,
            n_inner=spec.feedforward_width,
            activation_function="gelu_new",
            resid_pdrop=spec.residual_drop,
            embd_pdrop=spec.embedding_drop,
            attn_pdrop=spec.attention_drop,
            layer_norm_epsilon=spec.norm_epsilon,
            initializer_range=spec.init_std,
            tie_word_embeddings=True,
            **BARE,
        )

    def tensors(self, ours: Tensors, spec: ModelSpec) -> Tensors:
        """Fused query, key, value; weights transposed, since GPT-2 stores [in, out]."""
        theirs = {
            "transformer.wte.weight": ours["model.embed_tokens.weight"],
            "transformer.wpe.weight": ours["model.positions.weight"],
            "transformer.ln_f.weight": ours["model.norm.weight"],
            "transformer.ln_f.bias": ours["model.norm.bias"],
        }
        for layer in range(spec.num_layers):
            for name, tensor in _gpt2_block(ours, f"model.layers.{layer}").items():
                theirs[f"transformer.h.{layer}.{name}"] = tensor
        return theirs

    def ours(self, theirs: Tensors, spec: ModelSpec) -> Tensors:
        """Query, key and value apart; weights transposed back."""
        ours = {
            "model.embed_tokens.weight": theirs["transformer.wte.weight"],
            "model.positions.weight": theirs["transformer.wpe.weight"],
            "model.norm.weight": theirs["transformer.ln_f.weight"],
            "model.norm.bias": theirs["transformer.ln_f.bias"],
        }
        for layer in range(spec.num_layers):
            for name, tensor in _our_block(theirs, f"transformer.h.{layer}").items():
                ours[f"model.layers.{layer}.{name}"] = tensor
        return ours


def _gpt2_block(ours: Tensors, prefix: str) -> Tensors:
    projections = [f"{prefix}.self_attn.{name}_proj" for name in "qkv"]
    theirs = {
        "attn.c_attn.weight": torch.cat([ours[f"{name}.weight"] for name in projections]).T,
        "attn.c_attn.bias": torch.cat([ours[f"{name}.bias"] for name in projections]),
        "attn.c_proj.weight": ours[f"{prefix}.self_attn.o_proj.weight"].T,
        "attn.c_proj.bias": ours[f"{prefix}.self_attn.o_proj.bias"],
        "mlp.c_fc.weight": ours[f"{prefix}.mlp.up_proj.weight"].T,
        "mlp.c_fc.bias": ours[f"{prefix}.mlp.up_proj.bias"],
        "mlp.c_proj.weight": ours[f"{prefix}.mlp.down_proj.weight"].T,
        "mlp.c_proj.bias": ours[f"{prefix}.mlp.down_proj.bias"],
    }
    for mine, native in (("input_layernorm", "ln_1"), ("post_attention_layernorm", "ln_2")):
        for leaf in ("weight", "bias"):
            theirs[f"{native}.{leaf}"] = ours[f"{prefix}.{mine}.{leaf}"]
    return {name: tensor.contiguous() for name, tensor in theirs.items()}


def _our_block(theirs: Tensors, prefix: str) -> Tensors:
    ours = {
        "self_attn.o_proj.weight": theirs[f"{prefix}.attn.c_proj.weight"].T,
        "self_attn.o_proj.bias": theirs[f"{prefix}.attn.c_proj.bias"],
        "mlp.up_proj.weight": theirs[f"{prefix}.mlp.c_fc.weight"].T,
        "mlp.up_proj.bias": theirs[f"{prefix}.mlp.c_fc.bias"],
        "mlp.down_proj.weight": theirs[f"{prefix}.mlp.c_proj.weight"].T,
        "mlp.down_proj.bias": theirs[f"{prefix}.mlp.c_proj.bias"],
    }
    weights = theirs[f"{prefix}.attn.c_attn.weight"].T.chunk(3)
    biases = theirs[f"{prefix}.attn.c_attn.bias"].chunk(3)
    for name, weight, bias in zip("qkv", weights, biases, strict=True):
        ours[f"self_attn.{name}_proj.weight"] = weight
        ours[f"self_attn.{name}_proj.bias"] = bias
    for native, mine in (("ln_1", "input_layernorm"), ("ln_2", "post_attention_layernorm")):
        for leaf in ("weight", "bias"):
            ours[f"{mine}.{leaf}"] = theirs[f"{prefix}.{native}.{leaf}"]
    return {name: tensor.contiguous() for name, tensor in ours.items()}
