"""A batch as pages draw it, of a run or the first one of settings, and how rows would fill."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from training.folder.artifact import require_kind
from training.specs.packing import PackingPart
from training.tokens.filling import Filling, filling_of
from training.tokens.inspecting.batches import batch_of_run, batch_of_settings

#: Rows in one answer.
MAX_ROWS = 16


def draw_batch(folder: str, step: int, first_row: int = 0, num_rows: int = 8) -> dict[str, Any]:
    """``Drawing.as_dict`` of the run in ``folder``; DataError where it has no such step."""
    drawing = batch_of_run(Path(folder), step)
    return drawing.as_dict(first_row, min(num_rows, MAX_ROWS))


def draw_first_batch(tokens: str, settings: dict[str, Any], num_rows: int = 8) -> dict[str, Any]:
    """The same of a training with these settings on a token store, before it is there.

    ``settings`` are fields of its spec; DataError where no row can be made.
    """
    require_kind(Path(tokens), "tokens")
    drawing = batch_of_settings(Path(tokens), settings)
    return drawing.as_dict(0, min(num_rows, MAX_ROWS))


@functools.lru_cache(maxsize=64)
def _filling(tokens: Path, sequence_length: int, packing: PackingPart, is_causal: bool) -> Filling:
    return filling_of(tokens, sequence_length, packing, is_causal=is_causal)


def packing_figures(
    tokens: str, sequence_length: int, packing: dict[str, Any], is_causal: bool = True
) -> dict[str, Any]:
    """``Filling.as_dict`` of a token store; DataError where no row can be made."""
    require_kind(Path(tokens), "tokens")
    part = PackingPart.model_validate(packing)
    return _filling(Path(tokens), sequence_length, part, is_causal).as_dict()
