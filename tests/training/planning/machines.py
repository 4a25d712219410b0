"""A measured machine, made up: every part takes its time in proportion to its size."""

from __future__ import annotations

from training.planning.speed import Calibration, Curve, Speed, Surface

_CURVES = (
    "rmsnorm", "layernorm", "swiglu", "gelu", "residual", "turn", "dropout", "embedding",
    "optimizer", "optimizer_tensor", "accumulate", "attention_call",
)  # fmt: skip


def measured_machine(device: str = "cpu", *, seconds_per_unit: float = 1e-9) -> Calibration:
    """Only fp32 was measured; four threads are twice as quick as one."""
    curve = Curve((1.0,), (seconds_per_unit,))
    surface = Surface((1.0,), (curve,))
    speed = Speed(
        dict.fromkeys(_CURVES, curve),
        dict.fromkeys(("product", "attention", "attention_dropout", "head"), surface),
    )
    return Calibration(device, "a processor", 0.0, {"fp32": speed}, 300_000_000, 4, 2.0)
