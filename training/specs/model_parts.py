"""The choices that describe a model, in groups; ``training.specs.model`` joins them.

Their sources stand there. A form shows the groups in the order of this file.
"""

from __future__ import annotations

from training.specs.base import Part, option
from training.specs.model_choices import (
    AttentionDirection,
    BlockOrder,
    FeedForward,
    Norm,
    NormPlacement,
    Position,
    RopeScalingPart,
)


class ShapeOptions(Part):
    """How large the model is. Widths in elements, lengths in tokens."""

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


class PositionOptions(Part):
    """How a token knows where it stands."""

    position: Position = option(
        Position.ROPE,
        title="Positions",
        help="Rotary (RoPE), ALiBi, a learned table (GPT-2), sinusoidal, relative bias (T5), "
        "disentangled (DeBERTa), none.",
    )
    rope_theta: float = option(
        10_000.0,
        title="RoPE base",
        help="Longest wavelength's base.",
        gt=0,
        group="advanced",
        shown_if=("position", "rope"),
    )
    rope_fraction: float = option(
        1.0,
        title="RoPE fraction",
        help="Share of each head that is turned: 0.25 in GPT-NeoX, 0.5 in GLM.",
        gt=0,
        le=1,
        group="advanced",
        shown_if=("position", "rope"),
    )
    is_alibi_scaled: bool = option(
        False,
        title="Scaled ALiBi",
        help="Slopes are divided by the root of the head width (Falcon).",
        group="advanced",
        shown_if=("position", "alibi"),
    )
    rope_scaling: RopeScalingPart = option(
        factory=RopeScalingPart,
        title="RoPE scaling",
        help="For models whose context was stretched after training.",
        group="advanced",
        shown_if=("position", "rope"),
    )


class BlankOptions(Part):
    """What a model needs that writes into blanks of a text (Du 2022, GLM)."""

    has_blank_positions: bool = option(
        False,
        title="Positions inside blanks",
        help="A second learned table tells how far inside a blank a token stands, and the first "
        "one where the blank is (the two-dimensional positions of GLM).",
        group="advanced",
        shown_if=("position", Position.LEARNED),
    )
    fills_blanks: bool = option(
        False,
        title="Writes into blanks",
        help="What is written stands in a blank at the end of the text that is given; set by the "
        "objective blank.",
        group="hidden",
    )


class NormOptions(Part):
    """Which norms there are, and where."""

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
        shown_if=("norm", "layernorm"),
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


class BlockOptions(Part):
    """What a block is made of."""

    attention: AttentionDirection = option(
        AttentionDirection.CAUSAL,
        title="Attention",
        help="causal: back alone (GPT); prefix: the given beginning is seen whole, the rest looks "
        "back (GLM, prefix LM); bidirectional: both ways (BERT), which cannot write text.",
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
        shown_if=("block_order", "parallel"),
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


class TrainingOptions(Part):
    """What weights begin as, and what keeps training steady."""

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
