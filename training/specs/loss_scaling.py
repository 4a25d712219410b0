"""How far losses are scaled up where gradients are in fp16, so that small ones do not become 0.

Micikevicius 2018: a scale that is halved when a gradient overflows and doubled after many steps
without.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Part, option

#: Largest scale that is ever taken, by growing too: beyond it fp16 has nothing left to gain.
LARGEST_SCALE = 2.0**40


class LossScalingPart(Part):
    """The scale of the mean loss of a micro-batch; a power of two, so that scaling is exact."""

    initial_scale: float = option(
        65536.0,
        title="First scale",
        help="What the loss is multiplied with at first; a power of two. Too high a scale costs "
        "some skipped steps at the beginning, no more.",
        ge=1,
        le=LARGEST_SCALE,
        group="advanced",
    )
    growth_steps: int = option(
        2000,
        title="Scale grows after",
        help="So many steps in a row without an overflow double the scale.",
        unit="steps",
        recommended=(100, 5000),
        ge=1,
        le=100_000_000,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """A scale that rounds what it multiplies."""
        mantissa, exponent = math.frexp(self.initial_scale)
        if mantissa != 0.5:
            nearest = 2.0 ** (exponent - 1)
            yield Problem(
                "initial_scale",
                "the scale must be a power of two, so that scaling rounds nothing",
                got=f"{self.initial_scale:g}",
                expected="1, 2, 4 ... 2^40",
                hint=f"Take {nearest:g}.",
                fix=(("initial_scale", nearest),),
            )
