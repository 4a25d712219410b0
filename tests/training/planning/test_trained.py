"""What learns, and what that costs, is what the tuning methods make of a real model."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.training.model.shapes import EVERY_SPEC
from tests.training.planning.test_counting import hidden_of, saved_bytes
from training.loop.optimizer import build_optimizer, trainable
from training.model.building import build_model
from training.model.network import TrainyardModel
from training.objectives.cross_entropy import head_loss
from training.planning.memory import Shape, activation_bytes_per_token, plan_memory
from training.planning.params import count_parameters
from training.planning.plan import plan_training
from training.planning.trained import count_trained
from training.registry import TUNINGS
from training.specs.model import ModelSpec
from training.specs.optimization import OptimizerPart
from training.specs.train import TrainSpec
from training.specs.tuning import TuningPart

TUNED: dict[str, dict[str, Any]] = {
    "full": {"method": "full"},
    "first layer frozen": {"method": "freeze", "freeze": {"first_layers": 1}},
    "tables frozen": {"method": "freeze", "freeze": {"embeddings": True}},
    "top layer alone": {"method": "freeze", "freeze": {"all_but_top": 1}},
    "LoRA": {"method": "lora"},
    "LoRA everywhere": {
        "method": "lora",
        "lora": {"rank": 4, "targets": ["q_proj", "k_proj", "v_proj", "o_proj", "down_proj"]},
    },
    "DoRA": {"method": "lora", "lora": {"uses_dora": True, "targets": ["up_proj", "o_proj"]}},
}
MODELS = {name: EVERY_SPEC[name] for name in ("GQA tied", "MQA untied", "GPT-2")}


def tuned(spec: ModelSpec, options: dict[str, Any]) -> tuple[TrainyardModel, TuningPart]:
    model, part = build_model(spec, seed=0), TuningPart.model_validate(options)
    TUNINGS[part.method].load()(model, part, 0)
    return model, part


@pytest.mark.parametrize("options", TUNED.values(), ids=TUNED)
@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_what_learns_and_what_it_needs_is_that_of_a_real_step(
    spec: ModelSpec, options: dict[str, Any]
) -> None:
    spec = spec.resolve()
    model, part = tuned(spec, options)
    learning = [parameter for _, parameter in trainable(model)]
    counted = count_trained(spec, part)
    assert counted.num_parameters == sum(p.numel() for p in learning)
    assert counted.num_tensors == len(learning)
    total = sum(p.numel() for p in model.parameters())
    assert count_parameters(spec).total + counted.num_added == total

    optimizer = build_optimizer(model, OptimizerPart())
    hidden = hidden_of(model, torch.zeros(2, 8, dtype=torch.long)).flatten(0, 1)
    head_loss(hidden, model.lm_head.weight, torch.ones(16, dtype=torch.long)).backward()
    optimizer.step()
    plan = plan_memory(spec, Shape(2, 8), trained=counted)
    moments = sum(value.nbytes for state in optimizer.state.values() for value in state.values())
    assert plan.weights == sum(p.nbytes for p in model.parameters())
    assert plan.gradients == sum(p.grad.nbytes for p in learning if p.grad is not None)
    assert plan.optimizer == moments


@pytest.mark.parametrize(
    "options", [TUNED["LoRA"], TUNED["LoRA everywhere"], TUNED["top layer alone"]]
)
@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_activations_of_tuning_are_near_what_autograd_keeps(
    spec: ModelSpec, options: dict[str, Any]
) -> None:
    spec = spec.resolve().replace(context_length=256, num_layers=4)
    model, part = tuned(spec, options)
    tokens = torch.zeros(4, 256, dtype=torch.long)
    planned = 4 * 256 * activation_bytes_per_token(spec, Shape(4, 256), count_trained(spec, part))

    def forward() -> Tensor:
        return hidden_of(model, tokens)

    assert saved_bytes(model, forward) == pytest.approx(planned, rel=0.05)


def test_a_tuned_run_is_planned_with_its_base_and_costs_less_than_a_full_one() -> None:
    data = {"tokens": "t", "base": "b", "sequence_length": 64, "device": "cpu", "num_threads": 1}
    # of a very small model activations are nearly all, and those LoRA does not spare
    base = EVERY_SPEC["GQA tied"].resolve().replace(vocab_size=20_000)
    full, lora = (
        plan_training(TrainSpec.parse({**data, "tuning": {"method": method}}), model=base)
        for method in ("full", "lora")
    )
    assert full.parameters.total == lora.parameters.total == count_parameters(base).total
    assert (
        lora.as_dict()["parameters"]["trainable"] < full.as_dict()["parameters"]["trainable"] / 10
    )
    assert lora.memory.total < full.memory.total
    assert lora.disk.checkpoint < full.disk.checkpoint / 2
