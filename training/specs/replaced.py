"""Replaced-token detection: the generator beside the model, and what of both is left. No torch.

Clark 2020 (ELECTRA): a small generator fills in masked tokens, the model says of every token
whether it was replaced. The tables of tokens, positions and token types are shared.
"""

from __future__ import annotations

from training.specs.base import Part, option
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec, nearest_divisor

_LEAST_WIDTH = 8


class ReplacedPart(Part):
    """How large the generator is, and how much the two losses count."""

    generator_fraction: float = option(
        0.25,
        title="Generator's size",
        help="Its width, heads and feed-forward as a share of the model's; a quarter to a half "
        "worked best (Clark 2020).",
        recommended=(0.2, 0.5),
        gt=0,
        le=1,
    )
    generator_layers: int = option(
        0,
        title="Generator's layers",
        help="0 takes as many as the model has.",
        ge=0,
        le=256,
        group="advanced",
    )
    weight: float = option(
        50.0,
        title="Weight of detection",
        help="What the model's loss per token counts beside the generator's per masked token.",
        recommended=(10, 100),
        gt=0,
        le=1000,
        group="advanced",
    )
    keeps_generator: bool = option(
        False,
        title="Keep the generator",
        help="Leave it beside the model, in the folder generator of the output.",
        group="advanced",
    )


def generator_of(model: ModelSpec, part: ReplacedPart) -> ModelSpec:
    """The generator beside a resolved model: as wide a part of it, with heads of the same width.

    Its embedding is as wide as the model's, because they share it.
    """
    fraction = part.generator_fraction
    heads = max(1, round(model.num_heads * fraction))
    is_fixed = bool(model.attention_head_width)
    steps = max(1, round(model.width * fraction / _LEAST_WIDTH))
    width = _LEAST_WIDTH * steps if is_fixed else heads * model.head_width
    groups = max(1, round(heads * model.num_kv_heads / model.num_heads))
    return model.replace(
        num_layers=part.generator_layers or model.num_layers,
        width=width,
        num_heads=heads,
        num_kv_heads=nearest_divisor(heads, groups),
        feedforward_width=max(_LEAST_WIDTH, round(model.feedforward_width * width / model.width)),
        embedding_width=0 if width == model.token_width else model.token_width,
        head=Head.TRANSFORM,
        has_sentence_head=False,
        has_blank_positions=False,
        is_tied=True,
    )
