"""Floating-point operations of training, exact for matrix products and by the 6 N D rule.

A product of [m, k] and [k, n] is 2 m k n operations; the backward pass is two such products for
each of the forward (Kaplan 2020, section 2.1). Norms, activations, softmax and biases are left
out: they are a few per cent of the operations (though not of the time) of a small model. Causal
attention looks at (T + 1) / 2 keys on average: ``attention_causal`` counts that (and T where
attention is bidirectional), while ``attention_full`` counts T, which is what a kernel without block
skipping computes.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.planning.params import count_parameters
from training.specs.disentangled_parts import DisentangledTerms
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection, Position

#: One forward pass, and a backward pass of twice its products.
FORWARD_AND_BACKWARD = 3


@dataclass(frozen=True)
class FlopCount:
    """Operations of one token's forward pass in a row of ``sequence_length`` tokens."""

    sequence_length: int
    attention_projections: int
    attention_causal: float
    attention_full: float
    feedforward: int
    head: int
    #: From a factorised embedding to the width.
    embedding: int = 0

    @property
    def forward(self) -> float:
        """Forward pass, causal attention counted as half."""
        return self.linear + self.attention_causal

    @property
    def forward_full(self) -> float:
        """Forward pass when the kernel computes masked pairs too."""
        return self.linear + self.attention_full

    @property
    def linear(self) -> int:
        """Products with weights: 2 operations per weight."""
        return self.embedding + self.attention_projections + self.feedforward + self.head

    @property
    def training(self) -> float:
        """Forward and backward pass of one token."""
        return FORWARD_AND_BACKWARD * self.forward

    @property
    def training_full(self) -> float:
        """Forward and backward pass when masked pairs are computed too."""
        return FORWARD_AND_BACKWARD * self.forward_full


def count_flops(spec: ModelSpec, sequence_length: int = 0) -> FlopCount:
    """Per token of a row of ``sequence_length`` tokens (0 takes the context length)."""
    spec = spec.resolve()
    length = sequence_length or spec.context_length
    inner = spec.num_heads * spec.head_width
    shared = spec.num_kv_heads * spec.head_width
    num_products = 3 if spec.is_gated else 2
    is_full = spec.attention == AttentionDirection.BIDIRECTIONAL
    # the last block of a model with a mask decoder is run several times
    num_blocks = num_passes(spec)
    # scores and mixing: 2 products of H heads, E wide, over S keys
    per_key = num_blocks * 2 * 2 * inner
    # each token against all distances, for each term of a disentangled score
    distances = num_blocks * num_terms(spec) * 2 * inner * num_distances(spec, length)
    return FlopCount(
        sequence_length=length,
        attention_projections=num_blocks * 2 * spec.width * (2 * inner + 2 * shared),
        attention_causal=per_key * (length if is_full else (length + 1) / 2) + distances,
        attention_full=per_key * length + distances,
        feedforward=num_blocks * 2 * num_products * spec.width * spec.feedforward_width,
        head=_head(spec),
        embedding=spec.has_embedding_projection * 2 * spec.token_width * spec.width,
    )


def table_flops(spec: ModelSpec, sequence_length: int = 0) -> int:
    """Of a forward pass of any number of rows: the table of distances through its projections.

    Not part of the count per token, because it does not grow with the rows.
    """
    spec = spec.resolve()
    length = sequence_length or spec.context_length
    inner = spec.num_heads * spec.head_width
    once = 2 * num_distances(spec, length) * spec.width * inner
    return num_passes(spec) * num_terms(spec) * once


def num_passes(spec: ModelSpec) -> int:
    """Blocks that are run; the last one of a model with a mask decoder several times."""
    return spec.num_layers - 1 + max(1, spec.mask_decoder_steps)


def num_terms(spec: ModelSpec) -> int:
    """What a disentangled score adds to that of content to content."""
    if spec.position != Position.DISENTANGLED:
        return 0
    return 2 if spec.disentangled_terms == DisentangledTerms.BOTH else 1


def num_distances(spec: ModelSpec, length: int) -> int:
    """Rows of the table of distances that a row of that length reads."""
    reach = spec.distance_reach
    return 2 * (reach if spec.distance_buckets else min(length, reach))


def _head(spec: ModelSpec) -> int:
    """Of every token; an objective that asks only for some of them computes less."""
    if spec.head == Head.DISCRIMINATOR:
        return 2 * spec.width * (spec.width + 1)
    transform = 2 * spec.width * spec.token_width if spec.head == Head.TRANSFORM else 0
    return transform + 2 * spec.head_input_width * spec.vocab_size


def six_nd(spec: ModelSpec, num_tokens: float) -> float:
    """The rule of thumb C = 6 N D with N all parameters (Hoffmann 2022), attention left out."""
    return 6.0 * count_parameters(spec).total * num_tokens
