"""Every parameter tensor of a spec by name and shape, without torch.

Names are those of the built module with ``*`` for the number of a block; a test holds them equal.
Widths: D model, H heads, K key/value heads, E head width, F feed-forward, V vocabulary, L layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from training.planning.params import position_projections
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import NUM_BUCKETS, NormPlacement, Position

_BLOCK = "layers.*."


@dataclass(frozen=True)
class TensorRow:
    """``count`` tensors of this name and shape; one for each block where the name has a star."""

    name: str
    shape: tuple[int, ...]
    count: int = 1

    @property
    def num_parameters(self) -> int:
        """Numbers in all of them."""
        return self.count * math.prod(self.shape)


def tensors(spec: ModelSpec) -> list[TensorRow]:
    """All of a spec with a vocabulary, in the order of the forward pass; a shared one once."""
    spec = spec.resolve()
    inside = [TensorRow(_BLOCK + row.name, row.shape, spec.num_layers) for row in _block(spec)]
    return [*_embeddings(spec), *inside, *_end(spec)]


def _embeddings(spec: ModelSpec) -> Iterator[TensorRow]:
    width = spec.token_width
    yield TensorRow("embed_tokens.weight", (spec.vocab_size, width))
    if spec.position == Position.LEARNED:
        yield TensorRow("positions.weight", (spec.context_length + spec.first_position, width))
    if spec.has_blank_positions:
        yield TensorRow("blank_positions.weight", (spec.context_length, width))
    if spec.position == Position.RELATIVE:
        yield TensorRow("positions.weight", (NUM_BUCKETS, spec.num_heads))
    if spec.position == Position.DISENTANGLED:
        yield TensorRow("positions.weight", (2 * spec.distance_reach, spec.width))
    if spec.num_token_types:
        yield TensorRow("token_types.weight", (spec.num_token_types, width))
    if spec.has_embedding_norm:
        yield from _norm("embedding_norm", spec, width)
    if spec.has_embedding_projection:
        yield from _linear("embedding_projection", spec.width, width, has_bias=spec.has_biases)


def _block(spec: ModelSpec) -> Iterator[TensorRow]:
    placement = spec.norm_placement
    is_before = placement in {NormPlacement.PRE, NormPlacement.SANDWICH}
    is_after = placement != NormPlacement.PRE
    if is_before:
        yield from _norm("input_layernorm", spec)
    yield from _attention(spec)
    if is_after:
        yield from _norm("attention_norm", spec)
    if is_before and not spec.has_shared_norm:
        yield from _norm("post_attention_layernorm", spec)
    yield from _feedforward(spec)
    if is_after:
        yield from _norm("feedforward_norm", spec)


def _attention(spec: ModelSpec) -> Iterator[TensorRow]:
    inner, shared = spec.num_heads * spec.head_width, spec.num_kv_heads * spec.head_width
    has_bias, key = spec.has_biases or spec.has_qkv_biases, spec.has_key_biases
    for name, rows, bias in (
        ("q_proj", inner, has_bias),
        ("k_proj", shared, key),
        ("v_proj", shared, has_bias),
    ):
        yield from _linear(f"self_attn.{name}", rows, spec.width, has_bias=bias)
    for name, bias in position_projections(spec):
        yield from _linear(f"self_attn.{name}", inner, spec.width, has_bias=bias)
    yield from _linear("self_attn.o_proj", spec.width, inner, has_bias=spec.has_biases)
    if spec.has_qk_norm:
        yield TensorRow("self_attn.q_norm.weight", (spec.head_width,))
        yield TensorRow("self_attn.k_norm.weight", (spec.head_width,))


def _feedforward(spec: ModelSpec) -> Iterator[TensorRow]:
    inner, bias = spec.feedforward_width, spec.has_biases
    if spec.is_gated:
        yield from _linear("mlp.gate_proj", inner, spec.width, has_bias=bias)
    yield from _linear("mlp.up_proj", inner, spec.width, has_bias=bias)
    yield from _linear("mlp.down_proj", spec.width, inner, has_bias=bias)


def _end(spec: ModelSpec) -> Iterator[TensorRow]:
    if spec.mask_decoder_steps:
        yield TensorRow("mask_positions.weight", (spec.context_length, spec.width))
    if spec.has_last_norm:
        yield from _norm("norm", spec)
    yield from _head(spec)


def _head(spec: ModelSpec) -> Iterator[TensorRow]:
    width, bias = spec.width, spec.has_biases
    if spec.head == Head.DISCRIMINATOR:
        yield from _linear("discriminator.dense", width, width, has_bias=bias)
        yield from _linear("discriminator.score", 1, width, has_bias=bias)
    elif not spec.is_tied:
        yield TensorRow("lm_head.weight", (spec.vocab_size, spec.head_input_width))
    if spec.head == Head.TRANSFORM:
        yield from _linear("head_transform.dense", spec.token_width, width, has_bias=bias)
        yield from _norm("head_transform.norm", spec, spec.token_width)
        yield TensorRow("lm_head.bias", (spec.vocab_size,))
    if spec.has_sentence_head:
        yield from _linear("sentence_head.pooler", width, width, has_bias=bias)
        yield from _linear("sentence_head.score", 2, width, has_bias=bias)


def _norm(name: str, spec: ModelSpec, width: int = 0) -> Iterator[TensorRow]:
    yield TensorRow(f"{name}.weight", (width or spec.width,))
    if spec.norm_has_bias:
        yield TensorRow(f"{name}.bias", (width or spec.width,))


def _linear(name: str, rows: int, columns: int, *, has_bias: bool) -> Iterator[TensorRow]:
    yield TensorRow(f"{name}.weight", (rows, columns))
    if has_bias:
        yield TensorRow(f"{name}.bias", (rows,))
