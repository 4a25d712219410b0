"""Bytes that each optimizer keeps for the parameters that learn. No torch; tests hold it equal.

AdamW: two moments and a count; Lion: one moment; Adafactor: a number for each row and column of a
matrix, one for each number of a vector, and a count; Muon: one moment for hidden matrices, AdamW's
for the rest.
"""

from __future__ import annotations

import math

from training.planning.initial import ParameterKind, kind_of
from training.planning.tensors import TensorRow, tensors
from training.planning.trained import Trained, all_of
from training.specs.model import ModelSpec
from training.specs.optimization import OptimizerKind

_FP32_BYTES = 4
_OUTSIDE = {ParameterKind.EMBEDDING, ParameterKind.HEAD}


def state_bytes(spec: ModelSpec, trained: Trained, kind: str = OptimizerKind.ADAMW) -> int:
    """Of a resolved spec with a vocabulary; where a part of it learns, its share, about."""
    if kind == OptimizerKind.ADAMW:
        return _FP32_BYTES * (2 * trained.num_parameters + trained.num_tensors)
    if kind == OptimizerKind.LION:
        return _FP32_BYTES * trained.num_parameters
    rows = tensors(spec)
    of_tensor = _adafactor if kind == OptimizerKind.ADAFACTOR else _muon
    whole = _FP32_BYTES * sum(row.count * of_tensor(row) for row in rows)
    return whole * trained.num_parameters // all_of(spec).num_parameters


def _adafactor(row: TensorRow) -> int:
    *_, last = row.shape
    return 1 + (math.prod(row.shape) // last + last if len(row.shape) > 1 else last)


def _muon(row: TensorRow) -> int:
    is_hidden = len(row.shape) > 1 and kind_of(f"model.{row.name}") not in _OUTSIDE
    return math.prod(row.shape) if is_hidden else 2 * math.prod(row.shape) + 1
