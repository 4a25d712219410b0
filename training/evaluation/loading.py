"""A model that is to be measured: loaded with its tokenizer, on its device. Needs torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from training.benchmarks.prompts import Encoder, encoder_of
from training.corpus.stopping import check_stop
from training.errors import DataError
from training.evaluation.likelihood import Scorer
from training.folder.job import Job
from training.loop.base import BaseIdentity, is_artifact, load_base
from training.loop.precision import autocast
from training.model.network import TrainyardModel
from training.specs.model_choices import AttentionDirection
from training.specs.optimization import Precision
from training.tokenizers.load import load_tokenizer, vocabulary


@dataclass(frozen=True)
class Measured:
    """A loaded model with its tokenizer, and what it is called."""

    model: TrainyardModel
    encoder: Encoder
    tokenizer_folder: Path
    identity: BaseIdentity
    scorer: Scorer

    def described(self, folder: Path) -> dict[str, Any]:
        """Which model it is, for JSON."""
        return {
            "name": self.identity.name,
            "manifest_sha256": self.identity.manifest_sha256,
            "is_checkpoint": not is_artifact(folder),
            "context_length": self.model.spec.context_length,
        }


def load_measured(
    job: Job, folder: Path, *, device: str, precision: Precision, batch_tokens: int
) -> Measured:
    """Load a model artifact or a checkpoint.

    DataError when it has no tokenizer, or reads both ways and so continues nothing.
    """
    base = load_base(folder)
    if base.tokenizer is None:
        raise DataError(
            f"The tokenizer of {base.identity.name} is gone.",
            advice="Evaluate the exported model, which holds its own tokenizer.",
        )
    if base.spec.attention == AttentionDirection.BIDIRECTIONAL:
        raise DataError(
            f"{base.identity.name} reads both ways, so it gives no probability to a continuation.",
            advice="Evaluate a causal model, or one that sees a prefix.",
        )
    tokenizer, place = load_tokenizer(base.tokenizer), torch.device(device)
    model = base.model().to(place)
    scorer = Scorer(
        model=model,
        context_length=model.spec.context_length,
        device=place,
        batch_tokens=batch_tokens,
        autocast=partial(autocast, precision, place),
        check=partial(check_stop, job),
    )
    end_id = vocabulary(base.tokenizer, tokenizer).eos_id
    return Measured(model, encoder_of(tokenizer, end_id), base.tokenizer, base.identity, scorer)
