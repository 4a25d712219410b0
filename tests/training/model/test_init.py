"""Initial weights: right spread for each kind, decided by the seed and nothing else."""

from __future__ import annotations

import math

import pytest
import torch

from training.errors import SpecError
from training.model.building import build_model
from training.planning.initial import ParameterKind, kind_of, spread
from training.specs.model import ModelSpec

WIDE = ModelSpec(num_layers=8, width=256, num_heads=4, vocab_size=1000, init_std=0.05).resolve()


def test_every_parameter_has_the_spread_of_its_kind() -> None:
    model = build_model(WIDE.replace(is_tied=False), seed=4)
    table = spread(WIDE)
    assert table[ParameterKind.OUTPUT_PROJECTION] == pytest.approx(0.05 / math.sqrt(16))
    seen = set()
    for name, parameter in model.named_parameters():
        kind = kind_of(name)
        seen.add(kind)
        assert parameter.std().item() == pytest.approx(table[kind], rel=0.02), name
        if kind is not ParameterKind.NORM_WEIGHT:
            assert abs(parameter.mean().item()) < 0.01, name
    assert seen == set(ParameterKind) - {ParameterKind.BIAS}


def test_norms_start_at_one_and_biases_at_zero(spec: ModelSpec) -> None:
    for name, parameter in build_model(spec, seed=4).named_parameters():
        if kind_of(name) is ParameterKind.NORM_WEIGHT:
            assert (parameter == 1).all(), name
        if kind_of(name) is ParameterKind.BIAS:
            assert (parameter == 0).all(), name


def test_equal_seeds_give_equal_bits_whatever_the_global_generator(spec: ModelSpec) -> None:
    torch.manual_seed(1)
    first = build_model(spec, seed=9).state_dict()
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    second = build_model(spec, seed=9).state_dict()
    assert torch.equal(torch.random.get_rng_state(), state)
    other = build_model(spec, seed=10).state_dict()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name
        is_random = kind_of(name) not in (ParameterKind.NORM_WEIGHT, ParameterKind.BIAS)
        assert torch.equal(tensor, other[name]) != is_random, name


def test_more_layers_leave_the_first_ones_as_they_were() -> None:
    few, many = (
        build_model(WIDE.replace(num_layers=layers), seed=3).state_dict() for layers in (2, 3)
    )
    name = "model.layers.1.self_attn.q_proj.weight"
    assert torch.equal(few[name], many[name])


def test_no_two_parameters_draw_the_same_numbers() -> None:
    state = build_model(WIDE, seed=3).state_dict()
    first = state["model.layers.0.self_attn.q_proj.weight"]
    assert not torch.equal(first, state["model.layers.0.self_attn.k_proj.weight"])
    assert not torch.equal(first, state["model.layers.1.self_attn.q_proj.weight"])


def test_a_spec_without_a_vocabulary_is_refused() -> None:
    with pytest.raises(SpecError, match=r"model\.vocab_size"):
        build_model(ModelSpec().resolve(), seed=0)
