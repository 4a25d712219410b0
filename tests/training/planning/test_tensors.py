"""Names and shapes of a spec are those of the built module; the table of beginnings has all."""

from __future__ import annotations

import re
from typing import Any

import pytest

from training.model.network import TrainyardModel
from training.planning.initial import ParameterKind, initial_table
from training.planning.params import count_parameters
from training.planning.tensors import tensors
from training.specs.model import ModelSpec

DESIGNS: list[dict[str, Any]] = [
    {},
    {"is_tied": False, "num_kv_heads": 2, "has_qk_norm": True},
    {"position": "learned", "norm": "layernorm", "has_biases": True, "feedforward": "gelu"},
    {"position": "relative", "norm_placement": "sandwich", "has_embedding_norm": True},
    {"norm_placement": "post", "norm": "layernorm", "has_qkv_biases": True},
    {"norm_placement": "deepnorm", "position": "alibi"},
    {"block_order": "parallel", "has_shared_norm": True, "norm": "layernorm",
     "has_norm_biases": True},
    {"block_order": "parallel", "position": "none", "attention_head_width": 24},
    {"embedding_width": 24, "head": "transform", "has_embedding_norm": True, "has_biases": True,
     "position": "learned", "first_position": 2, "has_blank_positions": True,
     "num_token_types": 2, "has_sentence_head": True},
    {"embedding_width": 24, "head": "discriminator", "norm": "layernorm", "is_tied": False,
     "attention": "bidirectional"},
]  # fmt: skip


def small(**changes: Any) -> ModelSpec:
    sizes = {"num_layers": 3, "width": 64, "num_heads": 4, "context_length": 32, "vocab_size": 50}
    return ModelSpec.model_validate(sizes | changes)


@pytest.mark.parametrize("changes", DESIGNS, ids=str)
def test_names_and_shapes_are_those_of_the_built_module(changes: dict[str, Any]) -> None:
    spec = small(**changes).resolve()
    model = TrainyardModel(spec)
    built: dict[tuple[str, tuple[int, ...]], int] = {}
    for name, parameter in model.named_parameters():
        key = re.sub(r"\.\d+\.", ".*.", name.removeprefix("model.")), tuple(parameter.shape)
        built[key] = built.get(key, 0) + 1
    assert {(row.name, row.shape): row.count for row in tensors(spec)} == built
    assert sum(row.num_parameters for row in tensors(spec)) == count_parameters(spec).total


def test_the_table_of_beginnings_says_how_deepnorm_differs() -> None:
    usual = {row.kind: row for row in initial_table(small())}
    deep = {row.kind: row for row in initial_table(small(norm_placement="deepnorm"))}
    # 0.02 / sqrt(2 * 3) and 0.02 * (8 * 3)^(-1/4), by hand
    assert usual[ParameterKind.OUTPUT_PROJECTION].distribution == "N(0, 0.008165²)"
    assert usual[ParameterKind.INPUT_PROJECTION].distribution == "N(0, 0.02²)"
    assert deep[ParameterKind.OUTPUT_PROJECTION].distribution == "N(0, 0.009036²)"
    assert deep[ParameterKind.INPUT_PROJECTION].distribution == "N(0, 0.009036²)"
    assert deep[ParameterKind.SCORE_PROJECTION].distribution == "N(0, 0.02²)"
    assert usual[ParameterKind.NORM_WEIGHT].distribution == "1"
    assert sum(row.num_parameters for row in usual.values()) == count_parameters(small()).total
