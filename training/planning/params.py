"""Exact parameter counts of a spec, by part. No torch; tests hold them equal to the built module.

Widths: D model, H heads, K key/value heads, E head width, F feed-forward, V vocabulary, L layers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from training.specs.disentangled_parts import DisentangledTerms
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import NUM_BUCKETS, Position


@dataclass(frozen=True)
class ParameterCount:
    """Numbers of scalars. ``head`` is without a matrix that it shares with the embedding.

    ``token_embedding`` is with token types and a projection to the width.
    """

    token_embedding: int
    position_embedding: int
    attention: int
    feedforward: int
    norms: int
    head: int

    @property
    def total(self) -> int:
        """All parameters, a shared matrix once."""
        return sum(asdict(self).values())

    @property
    def non_embedding(self) -> int:
        """Without token and position tables (Kaplan 2020 counts these)."""
        return self.total - self.token_embedding - self.position_embedding


def count_parameters(spec: ModelSpec) -> ParameterCount:
    """Count a spec with a vocabulary; widths that are still 0 are resolved first."""
    spec = spec.resolve()
    return ParameterCount(
        token_embedding=embedding_parameters(spec),
        position_embedding=position_parameters(spec),
        attention=spec.num_layers * attention_parameters(spec),
        feedforward=spec.num_layers * feedforward_parameters(spec),
        norms=_norms(spec),
        head=head_parameters(spec),
    )


def embedding_parameters(spec: ModelSpec) -> int:
    """A vector per piece and per token type, and what leads from their width to the model's."""
    table = (spec.vocab_size + spec.num_token_types) * spec.token_width
    return table + spec.has_embedding_projection * _linear(spec.token_width, spec.width, spec)


def head_parameters(spec: ModelSpec) -> int:
    """The product with the vocabulary, if it has a matrix of its own, and what is around it."""
    width = spec.width
    sentence = _linear(width, width, spec) + _linear(width, 2, spec)
    besides = spec.has_sentence_head * sentence
    if spec.head == Head.DISCRIMINATOR:
        return besides + _linear(width, width, spec) + _linear(width, 1, spec)
    if spec.head == Head.TRANSFORM:
        inner = spec.token_width
        besides += _linear(width, inner, spec) + norm_parameters(spec, inner) + spec.vocab_size
    return besides + (0 if spec.is_tied else spec.vocab_size * spec.head_input_width)


def _linear(num_inputs: int, num_outputs: int, spec: ModelSpec) -> int:
    return num_inputs * num_outputs + (num_outputs if spec.has_biases else 0)


def position_parameters(spec: ModelSpec) -> int:
    """A vector per position or distance, or a number per bucket of distances and head; and the
    absolute positions of a mask decoder.
    """
    decoder = spec.context_length * spec.width * bool(spec.mask_decoder_steps)
    if spec.position == Position.LEARNED:
        of_blanks = spec.context_length * spec.has_blank_positions
        rows = spec.context_length + spec.first_position + of_blanks
        return decoder + rows * spec.token_width
    if spec.position == Position.DISENTANGLED:
        return decoder + 2 * spec.distance_reach * spec.width
    return decoder + (NUM_BUCKETS * spec.num_heads if spec.position == Position.RELATIVE else 0)


def position_projections(spec: ModelSpec) -> list[tuple[str, bool]]:
    """(name, whether it has a bias) of the projections of distances in a block."""
    if spec.position != Position.DISENTANGLED or spec.shares_position_projections:
        return []
    terms = spec.disentangled_terms
    found = [("pos_k_proj", False)] * (terms != DisentangledTerms.POSITION_TO_CONTENT)
    return found + [("pos_q_proj", spec.has_biases)] * (
        terms != DisentangledTerms.CONTENT_TO_POSITION
    )


def attention_parameters(spec: ModelSpec) -> int:
    """Of one block: D (H + 2 K) E into query, key and value, H E D out, and biases."""
    inner = spec.num_heads * spec.head_width
    shared = spec.num_kv_heads * spec.head_width
    weights = spec.width * (inner + 2 * shared) + inner * spec.width
    into = inner + shared if spec.has_biases or spec.has_qkv_biases else 0
    into += shared if spec.has_key_biases else 0
    distances = sum(inner * (spec.width + bias) for _, bias in position_projections(spec))
    return weights + into + distances + (spec.width if spec.has_biases else 0)


def feedforward_parameters(spec: ModelSpec) -> int:
    """Of one block: 3 D F gated or 2 D F plain, and biases."""
    num_into = 2 if spec.is_gated else 1
    weights = (num_into + 1) * spec.width * spec.feedforward_width
    return weights + (num_into * spec.feedforward_width + spec.width if spec.has_biases else 0)


def block_parameters(spec: ModelSpec) -> int:
    """Of one block, with its norms."""
    norms = spec.norms_per_block * norm_parameters(spec) + qk_norm_parameters(spec)
    return attention_parameters(spec) + feedforward_parameters(spec) + norms


def qk_norm_parameters(spec: ModelSpec) -> int:
    """Of one block: E for queries and E for keys."""
    return 2 * spec.has_qk_norm * spec.head_width


def norm_parameters(spec: ModelSpec, width: int = 0) -> int:
    """Of one norm: D (or ``width``), and as many more for a LayerNorm with bias."""
    return (2 if spec.norm_has_bias else 1) * (width or spec.width)


def count_tensors(spec: ModelSpec) -> int:
    """How many parameter tensors there are, a shared one once."""
    norms = (spec.has_last_norm + spec.has_embedding_norm) * _norm_tensors(spec)
    outside = embedding_tensors(spec) + _head_tensors(spec) + norms
    return spec.num_layers * block_tensors(spec) + outside


def embedding_tensors(spec: ModelSpec) -> int:
    """How many parameter tensors the embedding has, that of positions included; no norm."""
    positions = {Position.LEARNED, Position.RELATIVE, Position.DISENTANGLED}
    tables = 1 + bool(spec.num_token_types) + (spec.position in positions)
    tables += bool(spec.mask_decoder_steps)
    tables += spec.has_blank_positions
    return tables + spec.has_embedding_projection * (2 if spec.has_biases else 1)


def _head_tensors(spec: ModelSpec) -> int:
    linear = 2 if spec.has_biases else 1
    besides = 2 * linear * spec.has_sentence_head
    if spec.head == Head.DISCRIMINATOR:
        return besides + 2 * linear
    if spec.head == Head.TRANSFORM:
        besides += linear + _norm_tensors(spec) + 1
    return besides + (not spec.is_tied)


def block_tensors(spec: ModelSpec) -> int:
    """How many parameter tensors one block has."""
    num_linear = 7 if spec.is_gated else 6
    biases = num_linear if spec.has_biases else 3 * spec.has_qkv_biases
    has_some = spec.has_biases or spec.has_qkv_biases
    biases -= has_some and not spec.has_key_biases
    num_linear += sum(1 + bias for _, bias in position_projections(spec))
    norms = spec.norms_per_block * _norm_tensors(spec) + 2 * spec.has_qk_norm
    return num_linear + biases + norms


def _norms(spec: ModelSpec) -> int:
    in_blocks = spec.norms_per_block * norm_parameters(spec) + qk_norm_parameters(spec)
    outside = spec.has_last_norm * norm_parameters(spec)
    outside += spec.has_embedding_norm * norm_parameters(spec, spec.token_width)
    return spec.num_layers * in_blocks + outside


def _norm_tensors(spec: ModelSpec) -> int:
    return 2 if spec.norm_has_bias else 1
