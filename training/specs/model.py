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
from training.specs.base import Part, option
from training.specs.model_choices import (
    GATED,
    BlockOrder,
    FeedForward,
    Norm,
    NormPlacement,
    Position,
    RopeScalingPart,
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
        Position.ROPE,
        title="Positions",
        help="Rotary (RoPE), ALiBi, a learned table (GPT-2), sinusoidal, relative bias (T5), none.",
    )
    rope_theta: float = option(
        10_000.0, title="RoPE base", help="Longest wavelength's base.", gt=0, group="advanced"
    )
    rope_fraction: float = option(
        1.0,
        title="RoPE fraction",
        help="Share of each head that is turned: 0.25 in GPT-NeoX, 0.5 in GLM.",
        gt=0,
        le=1,
        group="advanced",
    )
    is_alibi_scaled: bool = option(
        False,
        title="Scaled ALiBi",
        help="Slopes are divided by the root of the head width (Falcon).",
        group="advanced",
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
    norm_placement: NormPlacement = option(
        NormPlacement.PRE,
        title="Placement of norms",
        help="pre: before each branch; post: after each sum; sandwich: before and after each "
        "branch; deepnorm: after each sum, in which the stream counts more.",
        group="advanced",
    )
    has_norm_biases: bool = option(
        False,
        title="Biases of norms",
        help="LayerNorm has a bias though projections have none (Falcon).",
        group="advanced",
    )
    has_embedding_norm: bool = option(
        False,
        title="Norm of embeddings",
        help="A norm right after the embedding (BLOOM).",
        group="advanced",
    )
    has_qk_norm: bool = option(
        False,
        title="QK-norm",
        help="RMSNorm over each head of queries and keys, so that scores cannot explode (Qwen3).",
        group="advanced",
    )
    block_order: BlockOrder = option(
        BlockOrder.SEQUENTIAL,
        title="Order of a block",
        help="sequential: attention, then feed-forward; parallel: both of the same (Falcon).",
        group="advanced",
    )
    has_shared_norm: bool = option(
        False,
        title="Shared norm",
        help="Attention and feed-forward of a parallel block read through one norm (Falcon 7B).",
        group="advanced",
    )
    feedforward: FeedForward = option(
        FeedForward.SWIGLU,
        title="Feed-forward",
        help="SwiGLU or GeGLU (gated), GELU (tanh form), exact GELU, ReLU or SiLU.",
    )
    feedforward_width: int = option(
        0,
        title="Feed-forward width",
        help="0 keeps parameters comparable: 8/3 of the width (to 32) where gated, else 4 times.",
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

    logit_soft_cap: float = option(
        0.0,
        title="Soft cap of logits",
        help="c tanh(logit / c) instead of the logit, so that none grows beyond c; 0 is none.",
        recommended=(0, 50),
        ge=0,
        le=1000,
        group="advanced",
    )
    z_loss: float = option(
        0.0,
        title="Z-loss",
        help="Weight of (log of the softmax's sum) squared, which keeps logits near zero; it is "
        "felt in the gradient and not counted in the loss that is shown. 0 is none.",
        recommended=(0, 1e-3),
        ge=0,
        le=1,
        group="advanced",
    )
    embedding_gradient: float = option(
        1.0,
        title="Gradient of embeddings",
        help="Share of its gradient that the embedding gets: 0.1 in GLM-130B; 1 is all of it.",
        gt=0,
        le=1,
        group="advanced",
    )

    @property
    def head_width(self) -> int:
        """E = D / H, unless it was chosen."""
        return self.attention_head_width or self.width // self.num_heads

    @property
    def rotary_width(self) -> int:
        """How many numbers of each head RoPE turns: the even number next below."""
        return int(self.head_width * self.rope_fraction) // 2 * 2

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

    def problems(self) -> Iterator[Problem]:
        """Widths that do not divide, heads that cannot be shared, choices that exclude others."""
        yield from self._head_problems()
        yield from self._order_problems()

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
