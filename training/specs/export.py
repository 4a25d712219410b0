"""What the verb ``export`` is asked: which checkpoint becomes a Hugging Face folder."""

from __future__ import annotations

from training.specs.base import Spec, option
from training.specs.tuning import AdapterOutput


class ExportSpec(Spec):
    """Write a checkpoint as a folder that transformers and others read."""

    verb = "export"
    path_fields = ("checkpoint",)

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
