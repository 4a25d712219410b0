"""What a run knows of itself besides weights and optimizer: all of it goes into a checkpoint."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class TrainState:
    """Counters of a run. ``step`` counts optimizer steps done and is the only clock."""

    step: int = 0
    num_rows: int = 0
    num_tokens: int = 0
    elapsed_seconds: float = 0.0
    best_loss: float = math.inf
    best_step: int = 0
    num_validations_without_gain: int = 0
    last_validation_loss: float = math.nan
    #: Loss on general text of the base, before anything was learnt (the forgetting report).
    general_loss_before: float = math.nan
    #: How often the run had gone back before this step (``Course.num_rollbacks``).
    num_rollbacks: int = 0
    #: Why the run ended before its last step; here, so that a run killed while it was exported
    #: does not train on.
    end_reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON without NaN or infinities: floats are written as hex text, exactly."""
        return {
            key: value.hex() if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TrainState:
        """Read back ``as_dict``; what an older version did not write keeps its default."""
        fields: dict[str, Any] = {}
        for key, default in asdict(cls()).items():
            value = data.get(key, default)
            is_hex = isinstance(default, float) and isinstance(value, str)
            fields[key] = float.fromhex(value) if is_hex else value
        return cls(**fields)
