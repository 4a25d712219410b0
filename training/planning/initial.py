"""What each parameter begins as: its kind by its name, and the spread of each kind. No torch.

Radford 2019: normal with one spread, and the projections that write into the residual stream
divided by sqrt(2 L), because 2 L of them are summed. Wang 2022 (DeepNorm): all projections but
those of queries and keys times (8 L)^(-1/4), and no other scaling. ``training.model.init`` draws
the numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from training.planning.tensors import TensorRow, tensors
from training.specs.model import ModelSpec
from training.specs.model_choices import NormPlacement


class ParameterKind(StrEnum):
    """What a parameter does, as far as its initial spread is concerned."""

    EMBEDDING = "embedding"
    SCORE_PROJECTION = "query and key projection"
    INPUT_PROJECTION = "value and feed-forward projection"
    OUTPUT_PROJECTION = "output projection"
    HEAD = "head"
    NORM_WEIGHT = "norm weight"
    BIAS = "bias"


_SCORES = ("q_proj", "k_proj", "pos_q_proj", "pos_k_proj")
_INPUTS = ("v_proj", "gate_proj", "up_proj")
_OUTPUTS = ("o_proj", "down_proj")
#: The vocabulary's, and the layers of ``training.model.heads``.
_HEADS = ("lm_head", "dense", "score", "pooler")
_NORMS = (
    "norm",
    "embedding_norm",
    "input_layernorm",
    "post_attention_layernorm",
    "attention_norm",
    "feedforward_norm",
    "q_norm",
    "k_norm",
)

#: Which module (last but one part of a weight's name) holds which kind of weight.
KIND_OF_MODULE: dict[str, ParameterKind] = {
    "embed_tokens": ParameterKind.EMBEDDING,
    "positions": ParameterKind.EMBEDDING,
    "mask_positions": ParameterKind.EMBEDDING,
    "token_types": ParameterKind.EMBEDDING,
    "blank_positions": ParameterKind.EMBEDDING,
    "embedding_projection": ParameterKind.EMBEDDING,
    **dict.fromkeys(_HEADS, ParameterKind.HEAD),
    **dict.fromkeys(_NORMS, ParameterKind.NORM_WEIGHT),
    **dict.fromkeys(_SCORES, ParameterKind.SCORE_PROJECTION),
    **dict.fromkeys(_INPUTS, ParameterKind.INPUT_PROJECTION),
    **dict.fromkeys(_OUTPUTS, ParameterKind.OUTPUT_PROJECTION),
}


def spread(spec: ModelSpec) -> dict[ParameterKind, float]:
    """Standard deviation of each kind; 0 for what starts at a constant."""
    deep = spec.norm_placement == NormPlacement.DEEPNORM
    beta = (8 * spec.num_layers) ** -0.25
    into = beta if deep else 1.0
    out = beta if deep else 1 / math.sqrt(2 * spec.num_layers)
    return {
        ParameterKind.EMBEDDING: spec.init_std,
        ParameterKind.SCORE_PROJECTION: spec.init_std,
        ParameterKind.INPUT_PROJECTION: spec.init_std * into,
        ParameterKind.OUTPUT_PROJECTION: spec.init_std * out,
        ParameterKind.HEAD: spec.init_std,
        ParameterKind.NORM_WEIGHT: 0.0,
        ParameterKind.BIAS: 0.0,
    }


def kind_of(name: str) -> ParameterKind:
    """The kind of the parameter of that full name; KeyError for a module not in the table."""
    *_, module, leaf = name.split(".")
    return ParameterKind.BIAS if leaf == "bias" else KIND_OF_MODULE[module]


@dataclass(frozen=True)
class InitialRow:
    """Tensors that begin alike: their names, how many numbers they hold, and the distribution."""

    kind: ParameterKind
    names: tuple[str, ...]
    num_parameters: int
    distribution: str
    rule: str


def initial_table(spec: ModelSpec) -> list[InitialRow]:
    """Which parameter gets which distribution, one row per kind that the spec has."""
    spec = spec.resolve()
    spreads, found = spread(spec), dict[ParameterKind, list[TensorRow]]()
    for row in tensors(spec):
        found.setdefault(kind_of(row.name), []).append(row)
    return [
        InitialRow(
            kind,
            tuple(dict.fromkeys(row.name.split(".")[-2] for row in rows)),
            sum(row.num_parameters for row in rows),
            _distribution(kind, spreads[kind]),
            _rule(kind, spec),
        )
        for kind, rows in sorted(found.items(), key=lambda item: _ORDER.index(item[0]))
    ]


_ORDER = list(ParameterKind)


def _distribution(kind: ParameterKind, std: float) -> str:
    if kind is ParameterKind.NORM_WEIGHT:
        return "1"
    return "0" if kind is ParameterKind.BIAS else f"N(0, {std:.4g}²)"


def _rule(kind: ParameterKind, spec: ModelSpec) -> str:
    """How the spread comes about, as a formula."""
    if kind in {ParameterKind.NORM_WEIGHT, ParameterKind.BIAS}:
        return "constant"
    is_deep = spec.norm_placement == NormPlacement.DEEPNORM
    if is_deep and kind in {ParameterKind.INPUT_PROJECTION, ParameterKind.OUTPUT_PROJECTION}:
        return "init_std × (8 L)^(-1/4)"
    if kind is ParameterKind.OUTPUT_PROJECTION:
        return "init_std / √(2 L)"
    return "init_std"
