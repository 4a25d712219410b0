"""Which transformers class a spec is, and the same weights under that class's names.

A native folder needs no code of ours and none from the folder: transformers, vLLM, llama.cpp and
others read it. Radford 2019 (GPT-2), Touvron 2023 (LLaMA).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import GPT2Config, LlamaConfig, Qwen2Config
from transformers.configuration_utils import PreTrainedConfig

from training.specs.model import FeedForward, ModelSpec, Norm, Position, RopeScaling

Tensors = dict[str, Tensor]


class NativeClass(Protocol):
    """One transformers class that some of our specs are."""

    @property
    def name(self) -> str:
        """The class's name in transformers."""
        ...

    def reason_against(self, spec: ModelSpec) -> str | None:
        """The options in which ``spec`` differs from this class; None when it is one."""
        ...

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """The native config of a resolved spec."""
        ...

    def tensors(self, ours: Tensors, spec: ModelSpec) -> Tensors:
        """Our state dict (tied head left out) under the native names and layouts."""
        ...

    def ours(self, theirs: Tensors, spec: ModelSpec) -> Tensors:
        """``tensors`` undone: native names and layouts under our names."""
        ...


class _OurNames:
    """Classes whose weights have our names and layouts: what we have in common with LLaMA."""

    def tensors(self, ours: Tensors, spec: ModelSpec) -> Tensors:
        """The names are the same."""
        return dict(ours)

    def ours(self, theirs: Tensors, spec: ModelSpec) -> Tensors:
        """The names are the same."""
        return dict(theirs)


@dataclass(frozen=True)
class Llama(_OurNames):
    """RoPE, RMSNorm, SwiGLU; any sharing of heads, tied or not, with or without biases."""

    name: str = "LlamaForCausalLM"

    def reason_against(self, spec: ModelSpec) -> str | None:
        """LLaMA has no dropout on embeddings or branches, but that ends with training."""
        has_some = spec.has_qkv_biases and not spec.has_biases
        return _differences(
            self.name,
            {**_unlike_llama(spec), "query, key and value alone have biases": has_some},
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """LlamaConfig."""
        biases = {"attention_bias": spec.has_biases, "mlp_bias": spec.has_biases}
        return LlamaConfig(**_llama_values(spec), **biases)


@dataclass(frozen=True)
class Qwen2(_OurNames):
    """LLaMA with biases in query, key and value alone."""

    name: str = "Qwen2ForCausalLM"

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Else as LLaMA."""
        return _differences(
            self.name,
            {
                **_unlike_llama(spec),
                "query, key and value have no biases": not spec.has_qkv_biases,
                "all projections have biases": spec.has_biases,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """Qwen2Config."""
        return Qwen2Config(**_llama_values(spec), use_sliding_window=False)


@dataclass(frozen=True)
class Gpt2:
    """Learned positions, LayerNorm, GELU, biases, as many key/value heads as heads, tied."""

    name: str = "GPT2LMHeadModel"

    def reason_against(self, spec: ModelSpec) -> str | None:
        """An untied GPT-2 exists in transformers, but other readers assume a tied one."""
        return _differences(
            self.name,
            {
                f"positions are {spec.position}, not learned": spec.position != Position.LEARNED,
                f"norm is {spec.norm}, not layernorm": spec.norm != Norm.LAYERNORM,
                f"feed-forward is {spec.feedforward}, not gelu": spec.feedforward
                != FeedForward.GELU,
                "there are no biases": not spec.has_biases,
                "the head is not tied": not spec.is_tied,
                f"{spec.num_kv_heads} key/value heads for {spec.num_heads} heads": spec.num_kv_heads
                != spec.num_heads,
                f"heads are {spec.head_width} wide": spec.head_width * spec.num_heads != spec.width,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """GPT2Config."""
        return GPT2Config(
            vocab_size=spec.vocab_size,
            n_positions=spec.context_length,
            n_embd=spec.width,
            n_layer=spec.num_layers,
            n_head=spec.num_heads,
            n_inner=spec.feedforward_width,
            activation_function="gelu_new",
            resid_pdrop=spec.dropout,
            embd_pdrop=spec.dropout,
            attn_pdrop=spec.dropout,
            layer_norm_epsilon=spec.norm_epsilon,
            initializer_range=spec.init_std,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=None,
            dtype="float32",
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


CLASSES: tuple[NativeClass, ...] = (Llama(), Qwen2(), Gpt2())


def native_class(spec: ModelSpec) -> NativeClass | None:
    """The transformers class that a resolved spec is, if any."""
    return next((cls for cls in CLASSES if cls.reason_against(spec) is None), None)


def match_native(spec: ModelSpec) -> str:
    """The name of the native class, or a sentence saying why there is none."""
    found = native_class(spec)
    if found is not None:
        return found.name
    return " ".join(str(cls.reason_against(spec)) for cls in CLASSES)


def _differences(name: str, differs: dict[str, bool]) -> str | None:
    found = [sentence for sentence, is_so in differs.items() if is_so]
    return f"Not a {name}: {', '.join(found)}." if found else None


def _unlike_llama(spec: ModelSpec) -> dict[str, bool]:
    """The options, biases apart, in which a spec may differ from LLaMA and its relatives."""
    return {
        f"positions are {spec.position}, not rope": spec.position != Position.ROPE,
        f"norm is {spec.norm}, not rmsnorm": spec.norm != Norm.RMSNORM,
        f"feed-forward is {spec.feedforward}, not swiglu": spec.feedforward != FeedForward.SWIGLU,
    }


def _llama_values(spec: ModelSpec) -> dict[str, Any]:
    """What the configs of LLaMA and of its relatives have in common."""
    return {
        "vocab_size": spec.vocab_size,
        "hidden_size": spec.width,
        "intermediate_size": spec.feedforward_width,
        "num_hidden_layers": spec.num_layers,
        "num_attention_heads": spec.num_heads,
        "num_key_value_heads": spec.num_kv_heads,
        "head_dim": spec.head_width,
        "max_position_embeddings": spec.context_length,
        "initializer_range": spec.init_std,
        "rms_norm_eps": spec.norm_epsilon,
        "tie_word_embeddings": spec.is_tied,
        "rope_parameters": _rope_parameters(spec),
        "attention_dropout": 0.0,
        "bos_token_id": None,
        "eos_token_id": None,
        "dtype": "float32",
    }


def _rope_parameters(spec: ModelSpec) -> dict[str, Any]:
    scaling = spec.rope_scaling
    values: dict[str, Any] = {"rope_type": "default", "rope_theta": spec.rope_theta}
    if scaling.kind == RopeScaling.NONE:
        return values
    values |= {"rope_type": str(scaling.kind), "factor": scaling.factor}
    if scaling.kind == RopeScaling.LLAMA3:
        values |= {
            "low_freq_factor": scaling.low_frequency_factor,
            "high_freq_factor": scaling.high_frequency_factor,
            "original_max_position_embeddings": scaling.original_context_length,
        }
    return values


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
