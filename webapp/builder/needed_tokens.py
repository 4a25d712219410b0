"""What the tokenizer of chosen tokens lacks for the objective: refused before the run is made."""

from __future__ import annotations

from training.errors import DataError, Problem
from training.specs.base import Spec
from training.specs.train import TrainSpec
from training.tokenizers.special import missing_tokens
from webapp.builder.choices import Choices

_FOLDER, _FILE = "tokenizer", "tokenizer.json"


def lacking_tokens(spec: Spec, choices: Choices) -> list[Problem]:
    """Of a training on tokens that are there; nothing where they are not made yet."""
    tokens = choices.artifact(spec.tokens) if isinstance(spec, TrainSpec) else None
    if tokens is None or not isinstance(spec, TrainSpec):
        return []
    folder = tokens.folder / _FOLDER
    if not (folder / _FILE).is_file():
        return []
    try:
        return missing_tokens(folder, spec.objective, has_pairs=spec.masked.has_pairs)
    except DataError:
        return []
