"""Doubts about the tokens of a run before it starts: how they were cut, and whose they are.

The figures were counted when the tokens were written (``fit.json``), so nothing is cut here. Held
against the base is which id each piece has: a run on tokens of another tokenizer is refused, and
it is told here first.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from training.errors import DataError, Problem
from training.folder.atomic import read_json
from training.specs.train import TrainSpec
from training.units import format_count
from training.vocabulary.health import health, read_fit
from webapp.builder.choices import Choices

_FOLDER = "tokenizer"
_FILE = "tokenizer.json"


def token_doubts(
    spec: TrainSpec, choices: Choices, base_tokenizer: Path | None
) -> Iterator[Problem]:
    """What is doubtful of the chosen tokens; nothing where they are not made yet."""
    tokens = choices.artifact(spec.tokens)
    if tokens is None:
        return
    fit = read_fit(tokens.folder)
    if fit is not None:
        yield from health(fit, has_base=bool(spec.base))
    if base_tokenizer is not None:
        yield from _mismatch(tokens.folder / _FOLDER / _FILE, base_tokenizer / _FILE)


def _mismatch(ours: Path, theirs: Path) -> Iterator[Problem]:
    here, there = pieces_of(str(ours)), pieces_of(str(theirs))
    if not here or not there:
        return
    moved = sum(there.get(piece) != index for piece, index in here.items())
    if not moved:
        return
    counts = {"moved": format_count(moved), "all": format_count(len(here))}
    message = _(
        "%(moved)s of the %(all)s pieces of these tokens have another id in the base's tokenizer, "
        "or none: the run will be refused"
    )
    hint = _(
        "Write tokens with the base's tokenizer, or, if it was extended, give the base rows for "
        "the new pieces first (resize_embeddings)."
    )
    yield Problem("tokens", message % counts, hint=hint)


@functools.lru_cache(maxsize=8)
def pieces_of(path: str) -> dict[str, int]:
    """Ids of a tokenizer.json's pieces; empty where it cannot be read. Results do not change."""
    try:
        data: Any = read_json(Path(path))
    except DataError:
        return {}
    model = data.get("model") if isinstance(data, dict) else None
    listed = model.get("vocab") if isinstance(model, dict) else None
    found: dict[str, int] = {}
    if isinstance(listed, dict):
        found = {piece: index for piece, index in listed.items() if isinstance(index, int)}
    elif isinstance(listed, list):
        # Unigram's: pieces with their scores, numbered by their place.
        found = {str(entry[0]): place for place, entry in enumerate(listed) if entry}
    added = data.get("added_tokens") if isinstance(data, dict) else None
    for token in added if isinstance(added, list) else []:
        if isinstance(token, dict) and isinstance(token.get("id"), int):
            found[str(token.get("content"))] = token["id"]
    return found
