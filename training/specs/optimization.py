"""How weights move: optimizer, learning rate over the steps, number format, device.

Defaults and recommended ranges: Brown 2020 and Touvron 2023 (betas, decay, cosine with warm-up to
a tenth), Goyal 2017 (warm-up).
"""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Part, option


class Schedule(StrEnum):
    """Shape of the learning rate after warm-up."""

    COSINE = "cosine"
    LINEAR = "linear"
    CONSTANT = "constant"


class Precision(StrEnum):
    """Number format of matrix products; weights and optimizer stay in fp32."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"


class Device(StrEnum):
    """Where the model runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class OptimizerPart(Part):
    """AdamW (Loshchilov & Hutter 2019); norms, biases and 1-D parameters do not decay."""

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


class SchedulePart(Part):
    """Linear warm-up, then a falling curve down to a floor."""

    kind: Schedule = option(Schedule.COSINE, title="Schedule", help="Shape after warm-up.")
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
