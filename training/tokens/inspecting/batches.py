"""Which rows make a batch: of a run by its stored order, of settings by the order they would give.

What was opened once is kept: packing a large store takes a second, and its rows never change.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from training.errors import DataError
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.planning.course import course_of
from training.specs.model_choices import AttentionDirection
from training.specs.packing import PackingPart
from training.specs.ramp import BatchRampPart
from training.tokens.inspecting.drawing import Drawing
from training.tokens.mixture import row_weights
from training.tokens.order import make_order, rows_at_step
from training.tokens.reading import open_run
from training.tokens.rows import AnyRows, rows_of_split
from training.tokens.store import TokenStore

_NEXT_TOKEN = "causal"
_NUM_CACHED = 4


def batch_of_run(folder: Path, step: int) -> Drawing:
    """The batch of ``step`` of the run in ``folder``; DataError where there is none."""
    run = open_run(folder)
    if not 1 <= step <= run.num_steps:
        raise DataError(
            f"The run has no step {step:,}.", advice=f"Choose one from 1 to {run.num_steps:,}."
        )
    row_ids = rows_at_step(run.order, step, run.course).astype(np.int64)
    return _drawing(run.rows, row_ids, read_json(JobFolder(folder).spec)["spec"])


def batch_of_settings(tokens: Path, settings: Mapping[str, Any], step: int = 1) -> Drawing:
    """The batch of ``step`` of a training with these fields of its spec, on the store ``tokens``.

    ``sequence_length`` and ``batch_size`` are needed. DataError when no row can be made.
    """
    packing = PackingPart.model_validate(settings.get("packing") or {})
    rows = _rows(tokens, int(settings["sequence_length"]), packing)
    ramp = BatchRampPart.model_validate(settings.get("batch_ramp") or {})
    course = course_of(int(settings["batch_size"]), ramp)
    sources = {**rows.store.info.weights, **(settings.get("source_weights") or {})}
    num_needed = course.places(step).stop
    weights = row_weights(rows, sources)
    order = make_order(len(rows), num_needed, int(settings.get("seed") or 0), weights)
    return _drawing(rows, rows_at_step(order, step, course).astype(np.int64), settings)


def _drawing(rows: AnyRows, row_ids: Any, settings: Mapping[str, Any]) -> Drawing:
    model = settings.get("model") or {}
    direction = model.get("attention", AttentionDirection.CAUSAL)
    return Drawing(
        rows,
        row_ids,
        PackingPart.model_validate(settings.get("packing") or {}),
        is_causal=direction == AttentionDirection.CAUSAL,
        is_next_token=settings.get("objective", _NEXT_TOKEN) == _NEXT_TOKEN,
    )


@functools.lru_cache(maxsize=_NUM_CACHED)
def _rows(tokens: Path, sequence_length: int, packing: PackingPart) -> AnyRows:
    """Artifacts never change, so rows are good for as long as the process lives."""
    return rows_of_split(TokenStore.open(tokens), "train", sequence_length, packing)
