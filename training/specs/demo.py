"""What the verb ``demo`` is asked: nothing that has to be answered."""

from __future__ import annotations

from training.specs.base import Spec, option


class DemoSpec(Spec):
    """The whole way on text found on this machine, in about a minute and a half."""

    verb = "demo"

    num_steps: int = option(
        300,
        title="Steps",
        help="Optimizer steps of the training.",
        unit="steps",
        ge=1,
        le=100_000_000,
    )
