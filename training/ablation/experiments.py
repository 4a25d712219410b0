"""Questions that are asked with one click; the first variant of each is the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.specs.ablation import Match


@dataclass(frozen=True)
class Variant:
    """A name, and what is changed against the run: {dotted field of `train`: value}."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """A question and the runs that answer it.

    ``lengths``: also read the held-out text in windows of so many times the context.
    ``wants_benchmark``: the answer is better with few-shot accuracy.
    """

    question: str
    variants: tuple[Variant, ...]
    match: Match = Match.WIDTH
    lengths: tuple[int, ...] = ()
    wants_benchmark: bool = False


NORM = Experiment(
    "Does taking the mean out pay? RMSNorm leaves it in (Zhang & Sennrich 2019).",
    (
        Variant("RMSNorm", {"model.norm": "rmsnorm"}),
        Variant("LayerNorm", {"model.norm": "layernorm"}),
    ),
)
ACTIVATION = Experiment(
    "Is a gate worth its third matrix? Feed-forward widths are set so that parameters are equal "
    "(Shazeer 2020).",
    (
        Variant("SwiGLU", {"model.feedforward": "swiglu"}),
        Variant("ReLU", {"model.feedforward": "relu"}),
    ),
    Match.PARAMETERS,
)
POSITIONS = Experiment(
    "How is order told best, and what happens beyond the trained length? (Su 2021, Press 2022)",
    (
        Variant("RoPE", {"model.position": "rope"}),
        Variant("Learned", {"model.position": "learned"}),
        Variant("ALiBi", {"model.position": "alibi"}),
    ),
    lengths=(1, 2, 4),
)
PACKING = Experiment(
    "Does a token have to be kept from seeing the document before its own?",
    (
        Variant("Document mask", {"packing.isolation": "document"}),
        Variant("Naive packing", {"packing.isolation": "none"}),
    ),
    wants_benchmark=True,
)
HEADS = Experiment(
    "How few key/value heads will do? Feed-forward widths are set so that parameters are equal "
    "(Ainslie 2023).",
    (
        Variant("Multi-head", {"model.num_kv_heads": 0}),
        Variant("Multi-query", {"model.num_kv_heads": 1}),
    ),
    Match.PARAMETERS,
)
