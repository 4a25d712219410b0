"""The architecture of a decoder, as numbers and choices. No torch: parameters are counted from it.

Sources: Vaswani 2017 (attention, sinusoidal positions), Su 2021 (RoPE), Press 2022 (ALiBi), Raffel
2020 (relative bias), Zhang & Sennrich 2019 (RMSNorm), Xiong 2020 (placement of norms), Ding 2021
(sandwich), Wang 2022 (DeepNorm), Shazeer 2020 (SwiGLU, GeGLU), Ainslie 2023 (GQA), Henry 2020
(QK-norm), Wang & Komatsuzaki 2021 (parallel blocks), Zeng 2022 (shrunk gradient of embeddings),
Chowdhery 2022 (z-loss), Gemma team 2024 (soft cap), Radford 2019 (GPT-2), Touvron 2023 (LLaMA).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from training.errors import Problem
from training.specs.disentangled_parts import DisentangledOptions
from training.specs.encoder_parts import EncoderOptions, Head
from training.specs.encoder_problems import encoder_problems
from training.specs.model_choices import (
    GATED,
    AttentionDirection,
    BlockOrder,
    Norm,
    NormPlacement,
    Position,
)
from training.specs.model_doubts import design_doubts
from training.specs.model_parts import (
    BlankOptions,
    BlockOptions,
    NormOptions,
    PositionOptions,
    ShapeOptions,
    TrainingOptions,
)
from training.specs.run_parts import RunOptions


class ModelSpec(
    RunOptions,
    TrainingOptions,
    EncoderOptions,
    DisentangledOptions,
    BlockOptions,
    NormOptions,
    BlankOptions,
    PositionOptions,
    ShapeOptions,
):
    """A causal decoder. Widths in elements, lengths in tokens."""

    @property
    def head_width(self) -> int:
        """E = D / H, unless it was chosen."""
        return self.attention_head_width or self.width // self.num_heads

    @property
    def token_width(self) -> int:
        """Numbers per token of the embedding, before a projection to the width."""
        return self.embedding_width or self.width

    @property
    def has_embedding_projection(self) -> bool:
        """Whether the embedding is factorised."""
        return self.token_width != self.width

    @property
    def head_input_width(self) -> int:
        """What the product with the vocabulary reads: a transform goes back to the embedding's."""
        return self.token_width if self.head == Head.TRANSFORM else self.width

    @property
    def rotary_width(self) -> int:
        """How many numbers of each head RoPE turns: the even number next below."""
        return int(self.head_width * self.rope_fraction) // 2 * 2

    @property
    def is_causal(self) -> bool:
        """Whether every token looks back alone, whatever the batch."""
        return self.attention == AttentionDirection.CAUSAL

    @property
    def writes_text(self) -> bool:
        """Whether it can go on with a text: it neither reads both ways nor judges tokens."""
        reads_both_ways = self.attention == AttentionDirection.BIDIRECTIONAL
        return not reads_both_ways and self.head != Head.DISCRIMINATOR

    @property
    def has_key_biases(self) -> bool:
        """Whether keys have a bias; disentangled attention has none there."""
        has_some = self.has_biases or self.has_qkv_biases
        return has_some and self.position != Position.DISENTANGLED

    @property
    def distance_reach(self) -> int:
        """N: rows of the table of disentangled attention for distances each way."""
        return self.distance_buckets or self.farthest_distance or self.context_length

    @property
    def is_gated(self) -> bool:
        """Whether the feed-forward has a gate."""
        return self.feedforward in GATED

    @property
    def norm_has_bias(self) -> bool:
        """Whether norms add a bias; RMSNorm has none."""
        return self.norm == Norm.LAYERNORM and (self.has_biases or self.has_norm_biases)

    @property
    def has_last_norm(self) -> bool:
        """Whether hidden states are normalised once more after the blocks."""
        return self.norm_placement in {NormPlacement.PRE, NormPlacement.SANDWICH}

    @property
    def norms_per_block(self) -> int:
        """Norms of the width; those of queries and keys not counted."""
        if self.norm_placement == NormPlacement.SANDWICH:
            return 4
        return 1 if self.has_shared_norm else 2

    @property
    def rereads_last_product(self) -> bool:
        """Whether a block's last matrix product goes through something that remembers it."""
        return bool(self.residual_drop) or self.norm_placement != NormPlacement.PRE

    def problems(self) -> Iterator[Problem]:
        """Widths that do not divide, heads that cannot be shared, choices that exclude others."""
        yield from super().problems()
        yield from self._head_problems()
        yield from self._order_problems()
        if self.position == Position.ALIBI and not self.is_causal:
            yield Problem(
                "position",
                f"ALiBi says how far back a token is, and {self.attention} attention looks ahead",
                got=str(self.position),
                expected="rope, learned, sinusoidal, relative or none; or causal attention",
                hint="Use rope, or the relative bias, which tells ahead from back.",
                fix=(("position", Position.ROPE),),
            )
        yield from encoder_problems(self)

    def doubts(self) -> Iterator[Problem]:
        """Also what is unsound, or does nothing, in this architecture."""
        yield from super().doubts()
        yield from design_doubts(self)

    def _order_problems(self) -> Iterator[Problem]:
        is_parallel = self.block_order == BlockOrder.PARALLEL
        if is_parallel and self.norm_placement != NormPlacement.PRE:
            yield Problem(
                "norm_placement",
                "a parallel block normalises what both branches read, before them",
                got=str(self.norm_placement),
                expected="pre, or a sequential block",
                hint="Use pre.",
                fix=(("norm_placement", NormPlacement.PRE),),
            )
        if self.has_shared_norm and not is_parallel:
            yield Problem(
                "has_shared_norm",
                "only in a parallel block do both branches read the same",
                got="on",
                expected="off, or a parallel block",
                hint="Switch it off.",
                fix=(("has_shared_norm", False),),
            )

    def _head_problems(self) -> Iterator[Problem]:
        if self.width % self.num_heads and not self.attention_head_width:
            good = nearest_divisor(self.width, self.num_heads)
            yield Problem(
                "num_heads",
                f"heads must divide the width {self.width}",
                got=str(self.num_heads),
                expected=", ".join(map(str, divisors(self.width)[:12])),
                hint=f"Use {good} heads.",
                fix=(("num_heads", good),),
            )
        elif self.position == Position.ROPE and self.rope_fraction < 1 and not self.rotary_width:
            yield Problem(
                "rope_fraction",
                "RoPE turns pairs of numbers, and not one pair of a head would turn",
                got=f"{self.rope_fraction:g} of {self.head_width}",
                expected=f"at least {2 / self.head_width:g}",
                hint="Use a larger fraction.",
                fix=(("rope_fraction", 1.0),),
            )
        elif self.position == Position.ROPE and self.head_width % 2:
            yield Problem(
                "num_heads",
                "RoPE turns pairs of numbers, so the head width must be even",
                got=str(self.head_width),
                expected="an even head width",
                hint="Change the width, the number of heads or the head width.",
            )
        if self.num_kv_heads and self.num_heads % self.num_kv_heads:
            good = nearest_divisor(self.num_heads, self.num_kv_heads)
            yield Problem(
                "num_kv_heads",
                f"key/value heads must divide the {self.num_heads} heads",
                got=str(self.num_kv_heads),
                expected=", ".join(map(str, divisors(self.num_heads))),
                hint=f"Use {good}.",
                fix=(("num_kv_heads", good),),
            )

    def resolve(self) -> ModelSpec:
        """Fill in key/value heads and feed-forward width (the vocabulary waits for a tokenizer)."""
        comparable = -(-(self.width * 8 // 3) // 32) * 32 if self.is_gated else 4 * self.width
        return self.replace(
            num_kv_heads=self.num_kv_heads or self.num_heads,
            feedforward_width=self.feedforward_width or comparable,
        )


def divisors(number: int) -> list[int]:
    """All divisors, ascending. ``number`` up to 10^12 takes a moment."""
    small = [value for value in range(1, math.isqrt(number) + 1) if number % value == 0]
    return sorted({*small, *(number // value for value in small)})


def nearest_divisor(number: int, wanted: int) -> int:
    """The divisor of ``number`` closest to ``wanted`` (the smaller of two equally close)."""
    return min(divisors(number), key=lambda value: (abs(value - wanted), value))
