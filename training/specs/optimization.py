"""How weights move: optimizer, learning rate over the steps, number format, device.

Defaults and recommended ranges: Brown 2020 and Touvron 2023 (betas, decay, cosine with warm-up to
a tenth), Goyal 2017 (warm-up), Hu 2024 and Hägele 2024 (WSD: warm-up, stable, decay), Vaswani 2017
(inverse square root), Loshchilov & Hutter 2017 (restarts).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, option, range_doubt

#: Chen 2023: a third to a tenth of AdamW's.
_LION_RATES = (1e-5, 3e-4)


class Schedule(StrEnum):
    """Shape of the learning rate after warm-up."""

    COSINE = "cosine"
    LINEAR = "linear"
    CONSTANT = "constant"
    WSD = "wsd"
    INVERSE_SQRT = "inverse_sqrt"
    POLYNOMIAL = "polynomial"
    COSINE_RESTARTS = "cosine_restarts"


class DecayShape(StrEnum):
    """How the last part of WSD falls."""

    LINEAR = "linear"
    COSINE = "cosine"
    SQRT = "sqrt"


class OptimizerKind(StrEnum):
    """What turns gradients into steps."""

    ADAMW = "adamw"
    LION = "lion"
    ADAFACTOR = "adafactor"
    MUON = "muon"


class Precision(StrEnum):
    """Number format of matrix products; weights and optimizer stay in fp32."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class Recomputation(StrEnum):
    """What of the forward pass is not kept for the backward pass."""

    NONE = "none"
    SELECTIVE = "selective"
    FULL = "full"


class Device(StrEnum):
    """Where the model runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class ParameterGroupsPart(Part):
    """Embeddings, head, norms and biases, and all other matrices: rate and decay of each.

    A tied head is the embedding. Rates are shares of the learning rate, decays of the weight decay.
    """

    embedding_rate: float = option(
        1.0,
        title="Rate of embeddings",
        help="Times the learning rate.",
        ge=0,
        le=100,
        group="advanced",
    )
    embedding_decay: float = option(
        1.0,
        title="Decay of embeddings",
        help="Times the weight decay.",
        ge=0,
        le=100,
        group="advanced",
    )
    head_rate: float = option(
        1.0,
        title="Rate of the head",
        help="Times the learning rate.",
        ge=0,
        le=100,
        group="advanced",
    )
    head_decay: float = option(
        1.0,
        title="Decay of the head",
        help="Times the weight decay.",
        ge=0,
        le=100,
        group="advanced",
    )
    norm_rate: float = option(
        1.0,
        title="Rate of norms and biases",
        help="Times the learning rate.",
        ge=0,
        le=100,
        group="advanced",
    )
    norm_decay: float = option(
        0.0,
        title="Decay of norms and biases",
        help="Times the weight decay; they are usually left alone.",
        ge=0,
        le=100,
        group="advanced",
    )
    matrix_rate: float = option(
        1.0,
        title="Rate of other matrices",
        help="Times the learning rate.",
        ge=0,
        le=100,
        group="advanced",
    )


class OptimizerPart(Part):
    """AdamW (Loshchilov & Hutter 2019) or another; norms and biases do not decay."""

    kind: OptimizerKind = option(
        OptimizerKind.ADAMW,
        title="Optimizer",
        help="adamw: two moments; lion (Chen 2023): one, wants a tenth of AdamW's rate and ten "
        "times its decay; adafactor (Shazeer 2018): hardly any memory; muon (Jordan 2024): "
        "orthogonal steps of hidden matrices, AdamW for the rest.",
        group="advanced",
    )
    learning_rate: float = option(
        1e-3,
        title="Learning rate",
        help="Peak, reached after warm-up.",
        recommended=(1e-5, 3e-3),
        gt=0,
        le=1,
    )
    beta1: float = option(
        0.9, title="Beta 1", help="Memory of the mean.", ge=0, lt=1, group="advanced"
    )
    beta2: float = option(
        0.95, title="Beta 2", help="Memory of the square.", ge=0, lt=1, group="advanced"
    )
    epsilon: float = option(
        1e-8, title="Epsilon", help="Added to the root.", gt=0, le=0.1, group="advanced"
    )
    weight_decay: float = option(
        0.1,
        title="Weight decay",
        help="Pull of matrices towards 0, times the learning rate.",
        recommended=(0.01, 0.1),
        ge=0,
        le=1,
    )
    clip_norm: float = option(
        1.0,
        title="Gradient clip",
        help="Longest gradient allowed; 0 turns clipping off.",
        recommended=(0.5, 2.0),
        ge=0,
    )
    groups: ParameterGroupsPart = option(
        factory=ParameterGroupsPart,
        title="Parameter groups",
        help="Other rates and decays for some parameters.",
        group="advanced",
    )

    def doubts(self) -> Iterator[Problem]:
        """Also a rate that is one of AdamW's where Lion wants less."""
        yield from super().doubts()
        if self.kind == OptimizerKind.LION and self.learning_rate > _LION_RATES[1]:
            yield range_doubt("learning_rate", self.learning_rate, *_LION_RATES, of=" for Lion")


class SchedulePart(Part):
    """Linear warm-up, then a curve down to a floor."""

    kind: Schedule = option(
        Schedule.COSINE,
        title="Schedule",
        help="Shape after warm-up: cosine, linear or constant; wsd stays at the peak and falls at "
        "the end, so that a run can be prolonged; inverse square root; polynomial; cosine with "
        "restarts.",
    )
    warmup_steps: int = option(
        0, title="Warm-up", help="Steps from 0 to the peak.", unit="steps", ge=0, le=100_000_000
    )
    floor_fraction: float = option(
        0.1,
        title="Floor",
        help="Last learning rate as a fraction of the peak.",
        ge=0,
        le=1,
        group="advanced",
    )
    decay_fraction: float = option(
        0.2,
        title="Decay",
        help="Last share of the run in which WSD falls to the floor; before it the rate is steady.",
        recommended=(0.1, 0.4),
        gt=0,
        le=1,
        shown_if=("kind", "wsd"),
    )
    decay_shape: DecayShape = option(
        DecayShape.SQRT,
        title="Shape of the decay",
        help="sqrt: 1 - sqrt of the way, which came out best in Hägele 2024; linear; cosine.",
        shown_if=("kind", "wsd"),
        group="advanced",
    )
    power: float = option(
        2.0,
        title="Power",
        help="Of the polynomial: (1 - way)^power; 1 is a line.",
        gt=0,
        le=10,
        shown_if=("kind", "polynomial"),
    )
    num_cycles: int = option(
        4,
        title="Cycles",
        help="Cosine waves, each from the peak again.",
        ge=1,
        le=1000,
        shown_if=("kind", "cosine_restarts"),
    )
    timescale_steps: int = option(
        0,
        title="Timescale",
        help="Steps after warm-up at which the inverse root has fallen to 0.71 of the peak; 0 "
        "takes the warm-up, at least a hundredth of the run.",
        unit="steps",
        ge=0,
        le=100_000_000,
        shown_if=("kind", "inverse_sqrt"),
        group="advanced",
    )
