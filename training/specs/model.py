"""The architecture of a decoder, as numbers and choices. No torch: parameters are counted from it.

Sources: Vaswani 2017 (attention), Su 2021 (RoPE), Zhang & Sennrich 2019 (RMSNorm), Shazeer 2020
(SwiGLU), Ainslie 2023 (GQA), Radford 2019 (GPT-2), Touvron 2023 (LLaMA).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, option


class Position(StrEnum):
    """How a token knows where it stands."""

    ROPE = "rope"
    LEARNED = "learned"


class Norm(StrEnum):
    """How activations are kept in range."""

    RMSNORM = "rmsnorm"
    LAYERNORM = "layernorm"


class FeedForward(StrEnum):
    """The position-wise network of a block."""

    SWIGLU = "swiglu"
    GELU = "gelu"


class RopeScaling(StrEnum):
    """How rotary angles are stretched for a longer context than was trained on."""

    NONE = "none"
    LINEAR = "linear"
    LLAMA3 = "llama3"


class RopeScalingPart(Part):
    """Stretching of RoPE (Chen 2023: linear; Llama 3: long wavelengths alone)."""

    kind: RopeScaling = option(
        RopeScaling.NONE,
        title="RoPE scaling",
        help="none; linear: all angles divided; llama3: only those of long wavelengths.",
        group="advanced",
    )
    factor: float = option(
        1.0, title="Factor", help="What angles are divided by.", ge=1, le=1024, group="advanced"
    )
    low_frequency_factor: float = option(
        1.0,
        title="Low frequency factor",
        help="llama3: wavelengths above context / this are stretched in full.",
        gt=0,
        le=1024,
        group="advanced",
    )
    high_frequency_factor: float = option(
        4.0,
        title="High frequency factor",
        help="llama3: wavelengths below context / this stay as they are.",
        gt=0,
        le=1024,
        group="advanced",
    )
    original_context_length: int = option(
        8192,
        title="Original context",
        help="llama3: context length before stretching.",
        unit="tokens",
        ge=8,
        le=1_048_576,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """The two limits of llama3 must leave a range between them."""
        if self.kind == RopeScaling.LLAMA3 and (
            self.high_frequency_factor <= self.low_frequency_factor
        ):
            yield Problem(
                "high_frequency_factor",
                "must be larger than the low frequency factor",
                got=f"{self.high_frequency_factor:g}",
                expected=f"more than {self.low_frequency_factor:g}",
                hint="Llama 3 has 1 and 4.",
            )


class ModelSpec(Part):
    """A causal decoder. Widths in elements, lengths in tokens."""

    num_layers: int = option(4, title="Layers", help="Number of transformer blocks.", ge=1, le=256)
    width: int = option(128, title="Width", help="Size D of the residual stream.", ge=8, le=65_536)
    num_heads: int = option(
        4, title="Heads", help="Query heads H; must divide the width.", ge=1, le=65_536
    )
    num_kv_heads: int = option(
        0,
        title="Key/value heads",
        help="K: equal to heads is MHA, 1 is MQA, between is GQA; 0 means as many as heads.",
        ge=0,
        le=65_536,
        group="advanced",
    )
    attention_head_width: int = option(
        0,
        title="Head width",
        help="E: numbers per head; 0 takes width / heads.",
        ge=0,
        le=4096,
        group="advanced",
    )
    context_length: int = option(
        256,
        title="Context length",
        help="Longest sequence seen.",
        unit="tokens",
        ge=8,
        le=1_048_576,
    )
    vocab_size: int = option(
        0,
        title="Vocabulary size",
        help="0 takes the tokenizer's; larger ones leave unused rows.",
        unit="pieces",
        ge=0,
        le=4_194_304,
        group="advanced",
    )
    position: Position = option(
        Position.ROPE, title="Positions", help="Rotary (RoPE) or a learned table (GPT-2)."
    )
    rope_theta: float = option(
        10_000.0, title="RoPE base", help="Longest wavelength's base.", gt=0, group="advanced"
    )
    rope_scaling: RopeScalingPart = option(
        factory=RopeScalingPart,
        title="RoPE scaling",
        help="For models whose context was stretched after training.",
        group="advanced",
    )
    norm: Norm = option(Norm.RMSNORM, title="Norm", help="RMSNorm (LLaMA) or LayerNorm (GPT-2).")
    norm_epsilon: float = option(
        1e-5, title="Norm epsilon", help="Added under the root.", gt=0, le=0.1, group="advanced"
    )
    feedforward: FeedForward = option(
        FeedForward.SWIGLU, title="Feed-forward", help="SwiGLU (gated) or GELU."
    )
    feedforward_width: int = option(
        0,
        title="Feed-forward width",
        help="0 keeps parameters comparable: 8/3 of the width (to 32) for SwiGLU, 4x for GELU.",
        ge=0,
        le=1_048_576,
        group="advanced",
    )
    has_biases: bool = option(
        False, title="Biases", help="Bias terms in linear layers and LayerNorm.", group="advanced"
    )
    has_qkv_biases: bool = option(
        False,
        title="Biases of q, k, v",
        help="Bias terms in query, key and value alone (Qwen2).",
        group="advanced",
    )
    is_tied: bool = option(
        True, title="Tied embeddings", help="Output head shares the embedding matrix."
    )
    dropout: float = option(
        0.0,
        title="Dropout",
        help="On embeddings, attention weights and residual branches.",
        recommended=(0.0, 0.3),
        ge=0,
        lt=1,
        group="advanced",
    )
    init_std: float = option(
        0.02,
        title="Initial spread",
        help="Standard deviation of initial weights; output projections get it / sqrt(2 layers).",
        gt=0,
        le=1,
        group="advanced",
    )

    @property
    def head_width(self) -> int:
        """E = D / H, unless it was chosen."""
        return self.attention_head_width or self.width // self.num_heads

    def problems(self) -> Iterator[Problem]:
        """Widths that do not divide, and heads that cannot be shared."""
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
        gated = self.feedforward == FeedForward.SWIGLU
        comparable = -(-(self.width * 8 // 3) // 32) * 32 if gated else 4 * self.width
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
