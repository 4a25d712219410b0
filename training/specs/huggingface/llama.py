"""Configs of LLaMA and its relatives."""

from __future__ import annotations

from training.specs.huggingface.reader import ConfigReader, rope, validated
from training.specs.model import ModelSpec
from training.specs.model_choices import FeedForward, Norm, Position


def llama(reader: ConfigReader) -> ModelSpec:
    """Llama; with biases everywhere or nowhere."""
    has_biases = reader.flag("attention_bias", default=False)
    if reader.flag("mlp_bias", default=False) != has_biases:
        raise reader.refusal("mlp_bias", not has_biases, f"{has_biases}, as attention_bias is")
    return _llama_like(reader, has_biases=has_biases)


def mistral(reader: ConfigReader) -> ModelSpec:
    """Mistral is Llama where no window cuts the attention."""
    context = reader.integer("max_position_embeddings", 8, 1_048_576, 131_072)
    if reader.has("sliding_window"):
        window = reader.integer("sliding_window", 1, 2**31)
        if window < context:
            raise reader.refusal("sliding_window", window, f"null, or at least {context:,}")
    return _llama_like(reader)


def qwen2(reader: ConfigReader) -> ModelSpec:
    """Llama with biases in query, key and value."""
    _without_windows(reader)
    return _llama_like(reader, has_qkv_biases=True, epsilon=1e-6)


def qwen3(reader: ConfigReader) -> ModelSpec:
    """Llama with norms of queries and keys; heads are 128 wide unless it is said."""
    _without_windows(reader)
    reader.only("attention_bias", (False,))
    return _llama_like(reader, has_qk_norm=True, head_width=128)


def glm(reader: ConfigReader) -> ModelSpec:
    """GLM-4: Llama whose RoPE turns a part of each head."""
    part = reader.part("rope_parameters", "rope_scaling")
    fraction = reader.number("partial_rotary_factor", 0.001, 1.0, 0.5)
    spec = _llama_like(
        reader,
        has_qkv_biases=reader.flag("attention_bias", default=True),
        epsilon=1.5625e-7,
        head_width=128,
        rope_fraction=part.number("partial_rotary_factor", 0.001, 1.0, fraction),
    )
    turned = int(spec.head_width * spec.rope_fraction)
    if spec.rope_fraction == 1 or turned % 2:
        expected = "less than 1, of which an even number of a head is turned"
        raise reader.refusal("partial_rotary_factor", spec.rope_fraction, expected)
    return spec


def _without_windows(reader: ConfigReader) -> None:
    reader.only("use_sliding_window", (False,))
    for name in ("sliding_window", "max_window_layers", "layer_types"):
        reader.read.add(name)
    kinds = reader.data.get("layer_types") or []
    if not isinstance(kinds, list) or any(kind != "full_attention" for kind in kinds):
        raise reader.refusal("layer_types", kinds, "full_attention in every layer")


def _llama_like(
    reader: ConfigReader,
    *,
    has_biases: bool = False,
    has_qkv_biases: bool = False,
    has_qk_norm: bool = False,
    epsilon: float = 1e-6,
    head_width: int = 0,
    rope_fraction: float = 1.0,
) -> ModelSpec:
    reader.only("hidden_act", ("silu", "swish"))
    width = reader.integer("hidden_size", 8, 65_536)
    heads = reader.integer("num_attention_heads", 1, 65_536)
    head_width = reader.integer("head_dim", 1, 4096, head_width or max(1, width // heads))
    scaling, theta = rope(reader, is_partial=rope_fraction < 1)
    return validated(
        num_layers=reader.integer("num_hidden_layers", 1, 256),
        width=width,
        num_heads=heads,
        num_kv_heads=reader.integer("num_key_value_heads", 1, 65_536, heads),
        attention_head_width=0 if head_width * heads == width else head_width,
        context_length=reader.integer("max_position_embeddings", 8, 1_048_576, 2048),
        vocab_size=reader.integer("vocab_size", 1, 4_194_304),
        position=Position.ROPE,
        rope_theta=theta,
        rope_fraction=rope_fraction,
        rope_scaling=scaling,
        norm=Norm.RMSNORM,
        norm_epsilon=reader.number("rms_norm_eps", 1e-12, 0.1, epsilon),
        feedforward=FeedForward.SWIGLU,
        feedforward_width=reader.integer("intermediate_size", 1, 1_048_576),
        has_biases=has_biases,
        has_qkv_biases=has_qkv_biases,
        has_qk_norm=has_qk_norm,
        is_tied=reader.flag("tie_word_embeddings", default=False),
    )
