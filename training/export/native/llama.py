"""LLaMA and its relatives, whose weights have our names and layouts. Touvron 2023 (LLaMA)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.export.native.base import (
    BARE,
    Tensors,
    differences,
    parts_of_other_classes,
    rope_parameters,
    unlike,
)
from training.specs.model import ModelSpec
from training.specs.model_choices import FeedForward, Norm, Position

if TYPE_CHECKING:
    from transformers.configuration_utils import PreTrainedConfig


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
        return differences(
            self.name,
            {**unlike_llama(spec), "query, key and value alone have biases": has_some},
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """LlamaConfig."""
        from transformers import LlamaConfig

        biases = {"attention_bias": spec.has_biases, "mlp_bias": spec.has_biases}
        return LlamaConfig(**llama_values(spec), **biases)


@dataclass(frozen=True)
class Qwen2(_OurNames):
    """LLaMA with biases in query, key and value alone."""

    name: str = "Qwen2ForCausalLM"

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Else as LLaMA."""
        return differences(
            self.name,
            {
                **unlike_llama(spec),
                "query, key and value have no biases": not spec.has_qkv_biases,
                "all projections have biases": spec.has_biases,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """Qwen2Config."""
        from transformers import Qwen2Config

        return Qwen2Config(**llama_values(spec), use_sliding_window=False)


@dataclass(frozen=True)
class Qwen3(_OurNames):
    """LLaMA with norms of queries and keys."""

    name: str = "Qwen3ForCausalLM"

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Else as LLaMA."""
        has_some = spec.has_qkv_biases and not spec.has_biases
        return differences(
            self.name,
            {
                **unlike_llama(spec, qk_norm=True),
                "queries and keys are not normalised": not spec.has_qk_norm,
                "query, key and value alone have biases": has_some,
                "all projections have biases": spec.has_biases,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """Qwen3Config."""
        from transformers import Qwen3Config

        return Qwen3Config(**llama_values(spec), attention_bias=False, use_sliding_window=False)


def unlike_llama(
    spec: ModelSpec, *, qk_norm: bool = False, whole_heads: bool = True
) -> dict[str, bool]:
    """The options, biases apart, in which a spec may differ from LLaMA and its relatives."""
    part = f"RoPE turns {spec.rope_fraction:g} of each head"
    return {
        **unlike(spec, position=Position.ROPE, norm=Norm.RMSNORM, feedforward=FeedForward.SWIGLU),
        **parts_of_other_classes(spec, qk_norm=qk_norm),
        part: whole_heads and spec.rope_fraction < 1,
    }


def llama_values(spec: ModelSpec) -> dict[str, Any]:
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
        "rope_parameters": rope_parameters(spec),
        "attention_dropout": 0.0,
        **BARE,
    }
