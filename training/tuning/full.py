"""Full tuning: every weight learns."""

from __future__ import annotations

from training.model.huggingface import TrainyardForCausalLM
from training.specs.tuning import TuningPart


def apply(model: TrainyardForCausalLM, part: TuningPart, seed: int) -> None:
    """Let all parameters learn."""
    for parameter in model.parameters():
        parameter.requires_grad_(True)
