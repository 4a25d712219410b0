"""What the verb ``losses`` is asked: where the loss of a model sits, in which documents."""

from __future__ import annotations

from enum import StrEnum

from training.planning.machine import num_cores
from training.specs.base import Spec, option
from training.specs.score import ScoreDevice, resolved_device


class Split(StrEnum):
    """Which documents of a token store are read."""

    VALIDATION = "validation"
    TRAIN = "train"


class LossesSpec(Spec):
    """The loss of every token of some documents, each document by itself."""

    verb = "losses"

    model: str = option(
        title="Model",
        help="Output folder of a train, import or export job, or a checkpoint of a run.",
        artifact="model",
        min_length=1,
    )
    tokens: str = option(
        title="Tokens",
        help="Documents as tokens, made by the model's own tokenizer.",
        artifact="tokens",
        min_length=1,
    )
    split: Split = option(
        Split.VALIDATION,
        title="Split",
        help="validation: what was held out; train: what the model learnt from.",
    )
    max_documents: int = option(
        1_000,
        title="Documents",
        help="At most so many, evenly spread over the split; 0 takes all.",
        unit="documents",
        ge=0,
    )
    device: ScoreDevice = option(
        ScoreDevice.AUTO, title="Device", help="auto takes the GPU where there is one."
    )
    batch_tokens: int = option(
        0, title="Batch", ge=0, le=10_000_000, unit="tokens", group="advanced",
        help="Read at once, padding counted; 0 takes 4,096 on a processor, 32,768 on a GPU.",
    )  # fmt: skip
    num_threads: int = option(
        0, title="Threads", help="0 takes the cores.", ge=0, le=1024, group="advanced"
    )

    def resolve(self) -> LossesSpec:
        """Choose device, batch and threads."""
        device = resolved_device(self.device)
        batch = self.batch_tokens or (32_768 if device == ScoreDevice.CUDA else 4_096)
        threads = self.num_threads or num_cores()
        return self.replace(device=device, batch_tokens=batch, num_threads=threads)
