"""Configs of GPT-2, GPT-NeoX, BLOOM and Falcon: LayerNorm and feed-forwards without a gate."""

from __future__ import annotations

from typing import Any

from training.specs.huggingface.reader import ConfigReader, rope, validated
from training.specs.model import ModelSpec
from training.specs.model_choices import BlockOrder, FeedForward, Norm, Position

#: GELU in its tanh form has three names in transformers.
TANH_GELU = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast")


def gpt2(reader: ConfigReader) -> ModelSpec:
    """GPT-2 as OpenAI trained it."""
    reader.only("activation_function", TANH_GELU)
    reader.only("scale_attn_weights", (True,))
    reader.only("scale_attn_by_inverse_layer_idx", (False,))
    reader.only("add_cross_attention", (False,))
    reader.only("tie_word_embeddings", (True,))
    reader.read.update({"reorder_and_upcast_attn", "n_ctx"})
    width = reader.integer("n_embd", 8, 65_536, 768)
    return validated(
        num_layers=reader.integer("n_layer", 1, 256, 12),
        width=width,
        num_heads=reader.integer("n_head", 1, 65_536, 12),
        num_kv_heads=reader.integer("n_head", 1, 65_536, 12),
        context_length=reader.integer("n_positions", 8, 1_048_576, 1024),
        vocab_size=reader.integer("vocab_size", 1, 4_194_304, 50_257),
        position=Position.LEARNED,
        norm=Norm.LAYERNORM,
        norm_epsilon=reader.number("layer_norm_epsilon", 1e-12, 0.1, 1e-5),
        feedforward=FeedForward.GELU,
        feedforward_width=reader.integer("n_inner", 1, 1_048_576, 4 * width),
        has_biases=True,
        is_tied=True,
    )


def gpt_neox(reader: ConfigReader) -> ModelSpec:
    """GPT-NeoX and Pythia; a part of each head is turned."""
    reader.only("hidden_act", ("gelu",))
    reader.only("attention_bias", (True,))
    width, heads, shape = _shape(reader, "num_hidden_layers", "num_attention_heads")
    scaling, theta = rope(reader, is_partial=True)
    part = reader.part("rope_parameters", "rope_scaling")
    theta = reader.number("rotary_emb_base", 1.0, 1e12, theta)
    fraction = reader.number("rotary_pct", 0.001, 1.0, 0.25)
    fraction = part.number("partial_rotary_factor", 0.001, 1.0, fraction)
    is_parallel = reader.flag("use_parallel_residual", default=True)
    return validated(
        **shape,
        **_common(reader, "layer_norm_eps", Position.ROPE, FeedForward.GELU_EXACT),
        num_kv_heads=heads,
        context_length=reader.integer("max_position_embeddings", 8, 1_048_576, 2048),
        rope_theta=theta,
        rope_scaling=scaling,
        rope_fraction=fraction,
        block_order=BlockOrder.PARALLEL if is_parallel else BlockOrder.SEQUENTIAL,
        feedforward_width=reader.integer("intermediate_size", 1, 1_048_576, 4 * width),
        has_biases=True,
        is_tied=reader.flag("tie_word_embeddings", default=False),
    )


def bloom(reader: ConfigReader) -> ModelSpec:
    """BLOOM; it has no longest context, 2,048 was trained on."""
    reader.only("apply_residual_connection_post_layernorm", (False,))
    reader.only("tie_word_embeddings", (True,))
    reader.read.update({"slow_but_exact", "seq_length", "offset_alibi", "masked_softmax_fusion"})
    width, heads, shape = _shape(reader, "n_layer", "n_head")
    return validated(
        **shape,
        **_common(reader, "layer_norm_epsilon", Position.ALIBI, FeedForward.GELU),
        num_kv_heads=heads,
        context_length=2048,
        has_embedding_norm=True,
        feedforward_width=4 * width,
        has_biases=True,
        is_tied=True,
    )


def falcon(reader: ConfigReader) -> ModelSpec:
    """Falcon of all sizes: with RoPE or ALiBi, one or two norms, shared heads or not."""
    reader.only("activation", ("gelu",))
    reader.only("tie_word_embeddings", (True,))
    width, heads, shape = _shape(reader, "num_hidden_layers", "num_attention_heads")
    scaling, theta = rope(reader)
    is_new = reader.flag("new_decoder_architecture", default=False)
    is_parallel = reader.flag("parallel_attn", default=True) or is_new
    num_norms = reader.integer("num_ln_in_parallel_attn", 1, 2, 2 if is_new else 1)
    groups = reader.integer("num_kv_heads", 1, 65_536, heads)
    if not is_new:
        groups = 1 if reader.flag("multi_query", default=True) else heads
    has_alibi = reader.flag("alibi", default=False)
    position = Position.ALIBI if has_alibi else Position.ROPE
    return validated(
        **shape,
        **_common(reader, "layer_norm_epsilon", position, FeedForward.GELU_EXACT),
        num_kv_heads=groups,
        context_length=reader.integer("max_position_embeddings", 8, 1_048_576, 2048),
        rope_theta=theta,
        rope_scaling=scaling,
        is_alibi_scaled=has_alibi,
        has_norm_biases=True,
        block_order=BlockOrder.PARALLEL if is_parallel else BlockOrder.SEQUENTIAL,
        has_shared_norm=is_parallel and not (is_new and num_norms == 2),
        feedforward_width=reader.integer("ffn_hidden_size", 1, 1_048_576, 4 * width),
        has_biases=reader.flag("bias", default=False),
        is_tied=True,
    )


def _shape(reader: ConfigReader, layers: str, heads: str) -> tuple[int, int, dict[str, Any]]:
    """(width, heads, and both with layers and vocabulary as fields of the spec)."""
    for name in ("n_embed", "num_hidden_layers", "num_attention_heads", "n_layer", "n_head"):
        reader.read.add(name)
    width = reader.integer("hidden_size", 8, 65_536)
    number = reader.integer(heads, 1, 65_536)
    return (
        width,
        number,
        {
            "num_layers": reader.integer(layers, 1, 256),
            "width": width,
            "num_heads": number,
            "vocab_size": reader.integer("vocab_size", 1, 4_194_304),
        },
    )


def _common(
    reader: ConfigReader, epsilon: str, position: Position, feedforward: FeedForward
) -> dict[str, Any]:
    reader.read.update({"hidden_dropout", "classifier_dropout", "hidden_dropout_prob"})
    return {
        "position": position,
        "norm": Norm.LAYERNORM,
        "norm_epsilon": reader.number(epsilon, 1e-12, 0.1, 1e-5),
        "feedforward": feedforward,
    }
