"""Exact parameter counts of a spec, by part. No torch; tests hold them equal to the built module.

Widths: D model, H heads, K key/value heads, E head width, F feed-forward, V vocabulary, L layers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from training.specs.model import FeedForward, ModelSpec, Norm, Position


@dataclass(frozen=True)
class ParameterCount:
    """Numbers of scalars. ``head`` is 0 when it shares the token embedding."""

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
    table = spec.vocab_size * spec.width
    learned = spec.position == Position.LEARNED
    return ParameterCount(
        token_embedding=table,
        position_embedding=spec.context_length * spec.width if learned else 0,
        attention=spec.num_layers * attention_parameters(spec),
        feedforward=spec.num_layers * feedforward_parameters(spec),
        norms=(2 * spec.num_layers + 1) * norm_parameters(spec),
        head=0 if spec.is_tied else table,
    )


def attention_parameters(spec: ModelSpec) -> int:
    """Of one block: D (H + 2 K) E into query, key and value, H E D out, and biases."""
    inner = spec.num_heads * spec.head_width
    shared = spec.num_kv_heads * spec.head_width
    weights = spec.width * (inner + 2 * shared) + inner * spec.width
    into = inner + 2 * shared if spec.has_biases or spec.has_qkv_biases else 0
    return weights + into + (spec.width if spec.has_biases else 0)


def feedforward_parameters(spec: ModelSpec) -> int:
    """Of one block: 3 D F gated or 2 D F plain, and biases."""
    num_into = 2 if spec.feedforward == FeedForward.SWIGLU else 1
    weights = (num_into + 1) * spec.width * spec.feedforward_width
    return weights + (num_into * spec.feedforward_width + spec.width if spec.has_biases else 0)


def norm_parameters(spec: ModelSpec) -> int:
    """Of one norm: D, and D more for a LayerNorm with bias."""
    has_bias = spec.norm == Norm.LAYERNORM and spec.has_biases
    return 2 * spec.width if has_bias else spec.width


def count_tensors(spec: ModelSpec) -> int:
    """How many parameter tensors there are, a shared one once."""
    outside = 1 + (spec.position == Position.LEARNED) + (not spec.is_tied) + _norm_tensors(spec)
    return spec.num_layers * block_tensors(spec) + outside


def block_tensors(spec: ModelSpec) -> int:
    """How many parameter tensors one block has."""
    num_linear = 7 if spec.feedforward == FeedForward.SWIGLU else 6
    return num_linear * (2 if spec.has_biases else 1) + 2 * _norm_tensors(spec)


def _norm_tensors(spec: ModelSpec) -> int:
    return 2 if spec.norm == Norm.LAYERNORM and spec.has_biases else 1
