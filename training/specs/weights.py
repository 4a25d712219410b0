"""Weights of sources: how often a document of each is read in one pass."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from training.errors import Problem
from training.specs.base import option

MOST_WEIGHT = 100.0


def source_weights_option() -> Any:
    """The field of a training spec."""
    return option(
        factory=dict,
        title="Weights of sources",
        help="Source -> how often its rows are read in one epoch, instead of the weight that came "
        "with the tokens from the corpus: 1 once, 0.5 every second one, 0 never.",
        group="hidden",
    )


def weight_problems(field: str, weights: Mapping[str, float]) -> Iterator[Problem]:
    """A problem for each weight that cannot be."""
    for source, weight in weights.items():
        if not (math.isfinite(weight) and 0 <= weight <= MOST_WEIGHT):
            yield Problem(
                f"{field}.{source}",
                "no source can be read so often",
                got=f"{weight:g}",
                expected=f"a number from 0 to {MOST_WEIGHT:g}",
            )
