"""Dropout in each place: where it acts, that the old field is the value of all, what it costs."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.training.planning.test_counting import hidden_of, saved_bytes
from training.errors import SpecError
from training.model.building import build_model
from training.planning.memory import Shape, activation_bytes_per_token
from training.specs.model import ModelSpec
from training.specs.train import TrainSpec

SPEC = ModelSpec(num_layers=2, width=32, num_heads=2, context_length=64, vocab_size=64).resolve()
PLACES = ("embedding_dropout", "attention_dropout", "residual_dropout", "feedforward_dropout")
TOKENS = torch.arange(64)[None] % 64


def differs(spec: ModelSpec) -> bool:
    """Whether two training passes give other numbers."""
    model = build_model(spec, 0).train()
    return not hidden_of(model, TOKENS).equal(hidden_of(model, TOKENS))


@pytest.mark.parametrize("place", PLACES)
def test_each_place_drops_by_itself_and_in_training_only(place: str) -> None:
    spec = SPEC.replace(**{place: 0.5})
    assert differs(spec)
    model = build_model(spec, 0).eval()
    assert hidden_of(model, TOKENS).equal(hidden_of(build_model(SPEC, 0).eval(), TOKENS))


def test_dropout_alone_is_the_value_of_the_places_that_had_it() -> None:
    spec = SPEC.replace(dropout=0.3)
    assert (spec.embedding_drop, spec.attention_drop, spec.residual_drop) == (0.3, 0.3, 0.3)
    assert spec.feedforward_dropout == 0
    none = spec.replace(embedding_dropout=0.0, attention_dropout=0.0, residual_dropout=0.0)
    assert not differs(none)


@pytest.mark.parametrize("place", PLACES)
def test_the_right_module_drops(place: str) -> None:
    """Everything else is left as it is: half of the numbers of that place alone become 0."""
    model = build_model(SPEC.replace(**{place: 0.5}), 0).train()
    seen: dict[str, torch.Tensor] = {}

    def look(name: str) -> None:
        def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            seen.setdefault(name, inputs[0])

        model.get_submodule(name).register_forward_pre_hook(hook)

    look("model.layers.0")
    look("model.layers.0.mlp.down_proj")
    hidden_of(model, TOKENS)
    zeros = {name: float((tensor == 0).float().mean()) for name, tensor in seen.items()}
    assert (zeros["model.layers.0"] > 0.4) == (place == "embedding_dropout")
    assert (zeros["model.layers.0.mlp.down_proj"] > 0.4) == (place == "feedforward_dropout")


@pytest.mark.parametrize("place", PLACES)
def test_its_memory_is_planned(place: str) -> None:
    spec = SPEC.replace(**{place: 0.1})
    shape = Shape(1, 64, has_mixing_matrix=spec.attention_drop > 0)
    planned = 64 * activation_bytes_per_token(spec, shape)
    model = build_model(spec, 0).train()
    assert saved_bytes(model, lambda: hidden_of(model, TOKENS)) == pytest.approx(planned, rel=0.04)


def test_a_negative_share_is_refused() -> None:
    model = {"attention_dropout": -0.5}
    with pytest.raises(SpecError, match=r"model\.attention_dropout: is a share of what is dropped"):
        TrainSpec.parse({"tokens": "t", "model": model})
