"""What does not go together in the parts of encoders. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from training.errors import Problem
from training.specs.encoder_parts import Head
from training.specs.model_choices import AttentionDirection, BlockOrder, Position

if TYPE_CHECKING:
    from training.specs.model import ModelSpec

_LEAST_BUCKETS = 4


def encoder_problems(spec: ModelSpec) -> Iterator[Problem]:
    """Of embedding, head, disentangled attention and mask decoder."""
    yield from _embedding_problems(spec)
    yield from _direction_problems(spec)
    if spec.position == Position.DISENTANGLED:
        yield from _disentangled_problems(spec)
    if spec.mask_decoder_steps and spec.block_order == BlockOrder.PARALLEL:
        yield Problem(
            "mask_decoder_steps",
            "the mask decoder asks with other states than it reads, and a parallel block has one",
            got=str(spec.mask_decoder_steps),
            expected="0, or a sequential block",
            hint="Use a sequential block.",
            fix=(("block_order", BlockOrder.SEQUENTIAL),),
        )


def _embedding_problems(spec: ModelSpec) -> Iterator[Problem]:
    if spec.head == Head.LINEAR and spec.is_tied and spec.has_embedding_projection:
        yield Problem(
            "embedding_width",
            "a tied head without a transform reads as many numbers as a token has",
            got=str(spec.embedding_width),
            expected=f"0 or {spec.width}, a head with transform, or an untied one",
            hint="Use the head with transform, as ELECTRA's generator does.",
            fix=(("head", Head.TRANSFORM),),
        )
    if spec.has_blank_positions and spec.position != Position.LEARNED:
        yield Problem(
            "has_blank_positions",
            "two-dimensional positions are two learned tables",
            got=f"on, with {spec.position} positions",
            expected="off, or learned positions",
            hint="Switch it off: tokens of a blank then count on from its mask.",
            fix=(("has_blank_positions", False),),
        )
    if spec.first_position and spec.position != Position.LEARNED:
        yield Problem(
            "first_position",
            "only a learned table has rows that can be left out",
            got=str(spec.first_position),
            expected="0, or learned positions",
            hint="Set it to 0.",
            fix=(("first_position", 0),),
        )


def _direction_problems(spec: ModelSpec) -> Iterator[Problem]:
    """Parts that want both sides of a token."""
    both = AttentionDirection.BIDIRECTIONAL
    wants = (
        ("head", spec.head == Head.DISCRIMINATOR,
         "whether a token was replaced is seen from both sides of it"),
        ("position", spec.position == Position.DISENTANGLED,
         "disentangled attention reads both ways, as DeBERTa does"),
        ("mask_decoder_steps", bool(spec.mask_decoder_steps),
         "the mask decoder guesses tokens from both sides of them"),
    )  # fmt: skip
    for field, is_chosen, why in wants:
        if is_chosen and spec.attention != both:
            yield Problem(
                field,
                why,
                got=f"{getattr(spec, field)} with {spec.attention} attention",
                expected="bidirectional attention, or another choice",
                hint="Use bidirectional attention.",
                fix=(("attention", both),),
            )


def _disentangled_problems(spec: ModelSpec) -> Iterator[Problem]:
    if spec.num_kv_heads not in {0, spec.num_heads}:
        yield Problem(
            "num_kv_heads",
            "in disentangled attention each head has keys of its own",
            got=str(spec.num_kv_heads),
            expected=f"0 or {spec.num_heads}",
            hint="Set it to 0.",
            fix=(("num_kv_heads", 0),),
        )
    farthest = spec.farthest_distance or spec.context_length
    is_odd = not _LEAST_BUCKETS <= spec.distance_buckets < farthest
    if spec.distance_buckets and is_odd:
        yield Problem(
            "distance_buckets",
            "buckets are fewer than the distances that they gather",
            got=str(spec.distance_buckets),
            expected=f"0, or from {_LEAST_BUCKETS} to {farthest - 1}",
            hint="0 gives each distance its own row.",
            fix=(("distance_buckets", 0),),
        )
