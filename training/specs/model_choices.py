"""What can be chosen in an architecture, and how RoPE is stretched. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, option


class Position(StrEnum):
    """How a token knows where it stands."""

    ROPE = "rope"
    ALIBI = "alibi"
    LEARNED = "learned"
    SINUSOIDAL = "sinusoidal"
    RELATIVE = "relative"
    DISENTANGLED = "disentangled"
    NONE = "none"


class AttentionDirection(StrEnum):
    """Which way a token looks; in a packed row, within its document."""

    CAUSAL = "causal"
    PREFIX = "prefix"
    BIDIRECTIONAL = "bidirectional"


class Norm(StrEnum):
    """How activations are kept in range."""

    RMSNORM = "rmsnorm"
    LAYERNORM = "layernorm"


class NormPlacement(StrEnum):
    """Where norms stand around attention and feed-forward."""

    PRE = "pre"
    POST = "post"
    SANDWICH = "sandwich"
    DEEPNORM = "deepnorm"


class FeedForward(StrEnum):
    """The position-wise network of a block."""

    SWIGLU = "swiglu"
    GEGLU = "geglu"
    GELU = "gelu"
    GELU_EXACT = "gelu_exact"
    RELU = "relu"
    SILU = "silu"


#: Distances of a relative bias fall into this many buckets (Raffel 2020).
NUM_BUCKETS = 32

#: Feed-forwards in which one projection gates another.
GATED = frozenset({FeedForward.SWIGLU, FeedForward.GEGLU})


class BlockOrder(StrEnum):
    """Whether the feed-forward reads what attention wrote, or both read the same."""

    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"


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
        1.0,
        title="Factor",
        help="What angles are divided by.",
        ge=1,
        le=1024,
        group="advanced",
        shown_if=("kind", "linear", "llama3"),
    )
    low_frequency_factor: float = option(
        1.0,
        title="Low frequency factor",
        help="llama3: wavelengths above context / this are stretched in full.",
        gt=0,
        le=1024,
        group="advanced",
        shown_if=("kind", "llama3"),
    )
    high_frequency_factor: float = option(
        4.0,
        title="High frequency factor",
        help="llama3: wavelengths below context / this stay as they are.",
        gt=0,
        le=1024,
        group="advanced",
        shown_if=("kind", "llama3"),
    )
    original_context_length: int = option(
        8192,
        title="Original context",
        help="llama3: context length before stretching.",
        unit="tokens",
        ge=8,
        le=1_048_576,
        group="advanced",
        shown_if=("kind", "llama3"),
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
