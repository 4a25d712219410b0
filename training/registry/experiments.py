"""Ablations that are asked with one click."""

from __future__ import annotations

from training.registry.row import Row, table

EXPERIMENTS = table(
    Row("norm", "RMSNorm or LayerNorm?", "training.ablation.experiments:NORM"),
    Row("activation", "SwiGLU or ReLU, at equal parameters?",
        "training.ablation.experiments:ACTIVATION"),
    Row("positions", "RoPE, learned or ALiBi, also beyond the trained length?",
        "training.ablation.experiments:POSITIONS"),
    Row("packing", "Document mask or naive packing?", "training.ablation.experiments:PACKING"),
    Row("heads", "Multi-head or multi-query, at equal parameters?",
        "training.ablation.experiments:HEADS"),
)  # fmt: skip
