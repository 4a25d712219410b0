"""Frozen weights held in bf16 change no bit of what is learnt, and are whole again for merging."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.training.model.shapes import EVERY_SPEC
from tests.training.planning.test_counting import hidden_of
from tests.training.tuning.runs import make_base, make_tokens, tune, tuning_data
from training.loop.optimizer import trainable
from training.model.building import build_model
from training.model.network import TrainyardModel
from training.objectives.cross_entropy import head_loss
from training.planning.memory import Shape, plan_memory
from training.planning.trained import count_trained
from training.registry import TUNINGS
from training.specs.model import ModelSpec
from training.specs.tuning import TuningPart
from training.tuning.lora import frozen_tensors
from training.tuning.lowering import lower_frozen, raise_frozen

LORA = {"rank": 4, "targets": ["q_proj", "o_proj", "down_proj"], "dropout": 0.1}
SPECS = {name: EVERY_SPEC[name] for name in ("GQA tied", "MQA untied", "GPT-2")}


def model_with(spec: ModelSpec, tuning: dict[str, Any]) -> tuple[TrainyardModel, TuningPart]:
    model, part = build_model(spec, seed=0), TuningPart.model_validate(tuning)
    TUNINGS[part.method].load()(model, part, 0)
    return model, part


def step(model: TrainyardModel, dtype: torch.dtype) -> list[Tensor]:
    """Loss and gradients of one pass, after the matrices have left their first values."""
    torch.manual_seed(1)
    for _, parameter in trainable(model):
        parameter.data.normal_(std=0.02)
    tokens = torch.arange(256).reshape(2, 128) % 50
    with torch.autocast("cpu", dtype):
        hidden = hidden_of(model.train(), tokens).flatten(0, 1)
        loss = head_loss(hidden, model.lm_head.weight, torch.ones(256, dtype=torch.long))
    loss.backward()
    return [loss.detach(), *(p.grad for _, p in trainable(model) if p.grad is not None)]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bf16", "fp16"])
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_loss_and_gradients_keep_every_bit(spec: ModelSpec, dtype: torch.dtype) -> None:
    spec = spec.resolve().replace(context_length=128)
    ours, part = model_with(spec, {"method": "lora", "lora": LORA})
    lower_frozen(ours, dtype)
    theirs, _ = model_with(spec, {"method": "lora", "lora": LORA})
    for mine, other in zip(step(ours, dtype), step(theirs, dtype), strict=True):
        assert torch.equal(mine, other)
    plan = plan_memory(spec, Shape(2, 128, is_half=True), trained=count_trained(spec, part))
    assert plan.weights == sum(parameter.nbytes for parameter in ours.parameters())


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_bases_weights_come_back_whole(spec: ModelSpec) -> None:
    model, _ = model_with(spec.resolve(), {"method": "lora", "lora": LORA})
    before = {name: tensor.clone() for name, tensor in frozen_tensors(model).items()}
    lower_frozen(model)
    assert any(tensor.dtype == torch.bfloat16 for tensor in frozen_tensors(model).values())
    raise_frozen(model, before)
    after = frozen_tensors(model)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


@pytest.mark.parametrize(
    "tuning",
    [
        {"method": "full"},
        {"method": "freeze", "freeze": {"all_but_top": 1}},
        {"method": "lora", "lora": {"uses_dora": True}},
    ],
    ids=["full", "freeze", "DoRA"],
)
def test_what_needs_its_frozen_weights_whole_keeps_them(tuning: dict[str, Any]) -> None:
    model, _ = model_with(EVERY_SPEC["GQA tied"].resolve(), tuning)
    lower_frozen(model)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_a_run_in_half_precision_samples_and_leaves_a_merged_model_of_whole_weights(
    tmp_path: Path, precision: str
) -> None:
    base = make_base(tmp_path)
    tuning = {"method": "lora", "lora": {"rank": 4, "targets": ["q_proj"]}, "output": "merged"}
    data = tuning_data(make_tokens(tmp_path / "tokens"), base, tuning=tuning)
    data |= {"num_steps": 4, "precision": precision, "samples": {"prompts": ["a"]}}
    out = tune(tmp_path / "run", data)
    before = load_file(base / "model.safetensors")
    after = load_file(out / "output" / "model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all("q_proj" in name for name in changed)
