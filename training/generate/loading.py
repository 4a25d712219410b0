"""A model to generate with, from wherever one lies: an artifact's folder or a run's checkpoint.

A checkpoint (``step-NNNNNNNN`` of a training job) is read as it is, without exporting it first; the
adapter of a LoRA run is merged into its base. Its tokenizer is the copy in the token store that the
run trains on. Whatever class a model was exported as, our own network computes it: that is there
seconds before transformers is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from training.errors import CheckpointError, DataError
from training.export.tokenizer import special_ids
from training.folder.atomic import read_json
from training.loop.base import load_base
from training.model.network import TrainyardModel, architecture_of
from training.tokenizers.load import load_tokenizer
from training.tokens.store import tokenizer_of_run

_STATE = "state.json"


@dataclass(frozen=True)
class Loaded:
    """A model in evaluation mode, and what is needed to speak to it."""

    model: TrainyardModel
    tokenizer: Tokenizer
    tokenizer_folder: Path
    context_length: int
    #: Any of them ends an answer.
    end_ids: frozenset[int]


def is_checkpoint(folder: Path) -> bool:
    """Whether ``folder`` is a checkpoint of a run rather than a Hugging Face folder."""
    return (folder / _STATE).is_file()


def load_for_generation(folder: Path) -> Loaded:
    """Load it; CheckpointError or DataError when it cannot be read."""
    base = load_base(folder)
    home = _home_of(folder) if is_checkpoint(folder) else folder
    config = read_json(folder / "config.json") or {}
    if not base.spec.writes_text:
        raise DataError(
            f"{folder.name} is a {architecture_of(base.spec)}: it sees both ways and guesses what "
            "is hidden in a text that is there, so it cannot write one.",
            advice="Choose a causal or a prefix model.",
        )
    return Loaded(
        model=base.model(),
        tokenizer=load_tokenizer(home),
        tokenizer_folder=home,
        context_length=base.spec.context_length,
        end_ids=_end_ids(home, config),
    )


def _home_of(checkpoint: Path) -> Path:
    """Where the tokenizer of a checkpoint's run lies."""
    found = tokenizer_of_run(checkpoint.parents[1])
    if found is None:
        raise CheckpointError(
            f"{checkpoint.name}: the token store that this run trains on is gone, and with it the "
            "tokenizer.",
            advice="Serve the exported model of the run, which holds its own tokenizer.",
        )
    return found


def _end_ids(tokenizer_folder: Path, config: dict[str, Any]) -> frozenset[int]:
    """What the model's config calls the end (one id or several), else the tokenizer's own."""
    named = config.get("eos_token_id", special_ids(tokenizer_folder).eos)
    ids = named if isinstance(named, list) else [named]
    return frozenset(index for index in ids if isinstance(index, int))
