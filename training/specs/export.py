"""What the verb ``export`` is asked: which checkpoint becomes a Hugging Face folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from training.specs.base import Spec, option
from training.specs.tuning import AdapterOutput


class ExportSpec(Spec):
    """Write a checkpoint as a folder that transformers and others read."""

    verb = "export"

    checkpoint: str = option(
        title="Checkpoint",
        help="A step folder of a training job, or the adapter that one left, relative to this "
        "file.",
        min_length=1,
    )
    output: AdapterOutput = option(
        AdapterOutput.MERGED,
        title="Of a LoRA run",
        help="merged: the base with the adapter in it; adapter: the small matrices in peft's "
        "format.",
    )
    tokenizer: str = option(
        "",
        title="Tokenizer",
        help="Copied beside the weights; empty takes the run's, where that is known.",
        artifact="tokenizer",
    )

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Also the checkpoint, which is a part of a job and no artifact."""
        moved = super().with_moved_inputs(data, move)
        checkpoint = moved.get("checkpoint")
        if isinstance(checkpoint, str) and checkpoint:
            moved["checkpoint"] = move(checkpoint)
        return moved
