"""Benchmarks that are scored while a run trains."""

from __future__ import annotations

from training.specs.base import Part, option
from training.specs.evaluate import ContaminationPart
from training.specs.prompting import PromptPart


class BenchmarksPart(Part):
    """When a run is measured by its benchmark, and how items are put to it."""

    every_steps: int = option(
        500,
        title="Measure every",
        help="And after the last step.",
        unit="steps",
        ge=1,
        le=100_000_000,
    )
    prompt: PromptPart = option(
        factory=PromptPart, title="Prompt", help="How items are put to the model."
    )
    contamination: ContaminationPart = option(
        factory=ContaminationPart,
        title="Contamination",
        help="Items are looked for in the training texts before the first step.",
    )
