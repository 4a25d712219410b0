"""Full tuning: every weight learns."""

from __future__ import annotations

from training.model.network import TrainyardModel
from training.specs.tuning import TuningPart


def apply(model: TrainyardModel, part: TuningPart, seed: int) -> None:
    """Let all parameters learn."""
    for parameter in model.parameters():
        parameter.requires_grad_(True)
