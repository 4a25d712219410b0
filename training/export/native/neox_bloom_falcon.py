"""GPT-NeoX, BLOOM and Falcon under the names and layouts of transformers.

Black 2022 (GPT-NeoX), Scao 2022 (BLOOM), Almazrouei 2023 (Falcon). All fuse query, key and value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.export.native.base import (
    BARE,
    Tensors,
    differences,
    head_layout_differs,
    parts_of_other_classes,
    rope_parameters,
    unlike,
)
from training.export.native.fused import apart, flipped, fused, renamed
from training.specs.model import ModelSpec
from training.specs.model_choices import BlockOrder, FeedForward, Norm, Position

if TYPE_CHECKING:
    from transformers.configuration_utils import PreTrainedConfig


class _Fused:
    """Classes whose names are given by two tables, and whose blocks have one fused projection."""

    #: Where blocks stand, and the fused projection within a block.
    blocks = "transformer.h"
    attention = "self_attention"

    def outside(self, spec: ModelSpec) -> dict[str, str]:
        """Our names of modules outside the blocks to theirs."""
        return {
            "model.embed_tokens": "transformer.word_embeddings",
            "model.norm": "transformer.ln_f",
            "lm_head": "lm_head",
        }

    def inside(self, spec: ModelSpec) -> dict[str, str]:
        """Our names of modules of a block to theirs; the fused projection apart."""
        return {
            "input_layernorm": "input_layernorm",
            "post_attention_layernorm": "post_attention_layernorm",
            "self_attn.o_proj": f"{self.attention}.dense",
            "mlp.up_proj": "mlp.dense_h_to_4h",
            "mlp.down_proj": "mlp.dense_4h_to_h",
        }

    def tensors(self, ours: Tensors, spec: ModelSpec) -> Tensors:
        """Our names under theirs."""
        theirs = renamed(ours, self.outside(spec))
        for layer in range(spec.num_layers):
            mine, native = f"model.layers.{layer}", f"{self.blocks}.{layer}"
            theirs |= renamed(ours, self._of_block(mine, native, spec))
            for leaf, tensor in fused(ours, f"{mine}.self_attn", spec).items():
                theirs[f"{native}.{self.attention}.query_key_value.{leaf}"] = tensor
        return theirs

    def ours(self, theirs: Tensors, spec: ModelSpec) -> Tensors:
        """Their names under ours."""
        ours = renamed(theirs, flipped(self.outside(spec)))
        for layer in range(spec.num_layers):
            mine, native = f"model.layers.{layer}", f"{self.blocks}.{layer}"
            ours |= renamed(theirs, flipped(self._of_block(mine, native, spec)))
            name = f"{native}.{self.attention}.query_key_value"
            ours |= apart(theirs, name, f"{mine}.self_attn", spec)
        return ours

    def _of_block(self, mine: str, native: str, spec: ModelSpec) -> dict[str, str]:
        return {f"{mine}.{a}": f"{native}.{b}" for a, b in self.inside(spec).items()}


@dataclass(frozen=True)
class GptNeoX(_Fused):
    """RoPE on a part of each head, LayerNorm, exact GELU, biases; two norms."""

    name: str = "GPTNeoXForCausalLM"
    blocks = "gpt_neox.layers"
    attention = "attention"

    def outside(self, spec: ModelSpec) -> dict[str, str]:
        """The head is called embed_out."""
        return {
            "model.embed_tokens": "gpt_neox.embed_in",
            "model.norm": "gpt_neox.final_layer_norm",
            "lm_head": "embed_out",
        }

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Blocks may be parallel or sequential."""
        return differences(
            self.name,
            {
                **unlike(
                    spec,
                    position=Position.ROPE,
                    norm=Norm.LAYERNORM,
                    feedforward=FeedForward.GELU_EXACT,
                    order=None,
                ),
                **parts_of_other_classes(spec),
                "there are no biases": not spec.has_biases,
                "both branches share a norm": spec.has_shared_norm,
                **head_layout_differs(spec),
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """GPTNeoXConfig."""
        from transformers import GPTNeoXConfig

        return GPTNeoXConfig(
            vocab_size=spec.vocab_size,
            hidden_size=spec.width,
            num_hidden_layers=spec.num_layers,
            num_attention_heads=spec.num_heads,
            intermediate_size=spec.feedforward_width,
            hidden_act="gelu",
            rope_parameters=rope_parameters(spec) | {"partial_rotary_factor": spec.rope_fraction},
            attention_dropout=spec.attention_drop,
            hidden_dropout=spec.residual_drop,
            max_position_embeddings=spec.context_length,
            initializer_range=spec.init_std,
            layer_norm_eps=spec.norm_epsilon,
            tie_word_embeddings=spec.is_tied,
            use_parallel_residual=spec.block_order == BlockOrder.PARALLEL,
            **BARE,
        )


@dataclass(frozen=True)
class Bloom(_Fused):
    """ALiBi, LayerNorm also after the embedding, GELU in its tanh form, biases, tied."""

    name: str = "BloomForCausalLM"

    def outside(self, spec: ModelSpec) -> dict[str, str]:
        """With the norm of the embeddings."""
        norm = {"model.embedding_norm": "transformer.word_embeddings_layernorm"}
        return super().outside(spec) | norm

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Its feed-forward is always four times as wide."""
        return differences(
            self.name,
            {
                **unlike(
                    spec,
                    position=Position.ALIBI,
                    norm=Norm.LAYERNORM,
                    feedforward=FeedForward.GELU,
                ),
                **parts_of_other_classes(spec, embedding_norm=True),
                "embeddings are not normalised": not spec.has_embedding_norm,
                "slopes of ALiBi are scaled": spec.is_alibi_scaled,
                "there are no biases": not spec.has_biases,
                "the head is not tied": not spec.is_tied,
                f"feed-forward is {spec.feedforward_width} wide": spec.feedforward_width
                != 4 * spec.width,
                **head_layout_differs(spec),
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """BloomConfig."""
        from transformers import BloomConfig

        return BloomConfig(
            vocab_size=spec.vocab_size,
            hidden_size=spec.width,
            n_layer=spec.num_layers,
            n_head=spec.num_heads,
            layer_norm_epsilon=spec.norm_epsilon,
            initializer_range=spec.init_std,
            hidden_dropout=spec.residual_drop,
            attention_dropout=spec.attention_drop,
            tie_word_embeddings=True,
            **BARE,
        )


@dataclass(frozen=True)
class Falcon(_Fused):
    """RoPE or scaled ALiBi, LayerNorm with bias, exact GELU, shared key/value heads, tied.

    Falcon rounds its ALiBi to bf16, ours is exact: with slopes that are powers of two (1, 2, 4 or 8
    heads) the two agree up to position 256.
    """

    name: str = "FalconForCausalLM"

    def inside(self, spec: ModelSpec) -> dict[str, str]:
        """Two norms of a parallel block have names of their own."""
        names = super().inside(spec)
        if _is_new(spec) and not spec.has_shared_norm:
            names |= {"input_layernorm": "ln_attn", "post_attention_layernorm": "ln_mlp"}
        return names

    def reason_against(self, spec: ModelSpec) -> str | None:
        """A sequential block shares no heads, or all of them."""
        is_odd = spec.num_kv_heads not in {1, spec.num_heads}
        positions = Position.ALIBI if spec.position == Position.ALIBI else Position.ROPE
        return differences(
            self.name,
            {
                **unlike(
                    spec,
                    position=positions,
                    norm=Norm.LAYERNORM,
                    feedforward=FeedForward.GELU_EXACT,
                    order=None,
                ),
                **parts_of_other_classes(spec),
                "norms have no biases": not spec.norm_has_bias,
                "query, key and value alone have biases": spec.has_qkv_biases
                and not spec.has_biases,
                "the head is not tied": not spec.is_tied,
                f"RoPE turns {spec.rope_fraction:g} of each head": spec.rope_fraction < 1,
                "slopes of ALiBi are not scaled": spec.position == Position.ALIBI
                and not spec.is_alibi_scaled,
                f"a sequential block has {spec.num_kv_heads} key/value heads": is_odd
                and spec.block_order == BlockOrder.SEQUENTIAL,
                f"heads are {spec.head_width} wide": spec.head_width * spec.num_heads != spec.width,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """FalconConfig."""
        from transformers import FalconConfig

        return FalconConfig(
            vocab_size=spec.vocab_size,
            hidden_size=spec.width,
            num_hidden_layers=spec.num_layers,
            num_attention_heads=spec.num_heads,
            num_kv_heads=spec.num_kv_heads,
            ffn_hidden_size=spec.feedforward_width,
            activation="gelu",
            layer_norm_epsilon=spec.norm_epsilon,
            initializer_range=spec.init_std,
            hidden_dropout=spec.residual_drop,
            attention_dropout=spec.attention_drop,
            alibi=spec.position == Position.ALIBI,
            new_decoder_architecture=_is_new(spec),
            num_ln_in_parallel_attn=1 if spec.has_shared_norm else 2,
            multi_query=spec.num_kv_heads == 1,
            parallel_attn=spec.block_order == BlockOrder.PARALLEL,
            bias=spec.has_biases,
            max_position_embeddings=spec.context_length,
            rope_parameters=rope_parameters(spec),
            tie_word_embeddings=True,
            **BARE,
        )


def _is_new(spec: ModelSpec) -> bool:
    """Whether it is Falcon's new decoder: parallel, with groups of heads or two norms."""
    is_parallel = spec.block_order == BlockOrder.PARALLEL
    has_groups = spec.num_kv_heads not in {1, spec.num_heads}
    return is_parallel and (has_groups or not spec.has_shared_norm)
