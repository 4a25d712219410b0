"""The depth dial: one number gives a model whose heads divide its width, at every depth."""

from __future__ import annotations

import pytest

from training.model.presets import by_depth
from training.registry import MODEL_PRESETS, RULE_PRESETS
from training.specs.train import TrainSpec
from webapp.builder.drafts import Draft, Step
from webapp.builder.presets import MAX_DEPTH, depth_values, preset_values, presets_of


@pytest.mark.parametrize("depth", range(1, MAX_DEPTH + 1))
def test_every_depth_is_a_model_that_can_run(depth: int) -> None:
    model, learning_rate = by_depth(depth)
    assert list(model.all_problems()) == []
    assert (model.num_layers, model.width, model.head_width) == (depth, 64 * depth, 64)
    assert 0 < learning_rate < 3e-3


def test_the_rate_is_that_of_gpt3_at_its_width_and_falls_with_the_root() -> None:
    assert by_depth(12)[1] == pytest.approx(6e-4)
    assert by_depth(48)[1] == pytest.approx(3e-4)


@pytest.mark.parametrize("name", sorted(MODEL_PRESETS))
def test_every_model_preset_is_a_training_that_can_run(name: str) -> None:
    draft = Draft("train", [Step("train", {"tokens": "artifact:x"})])
    for path, value in preset_values("train", name).items():
        draft.set(f"train.{path}", value)
    spec = TrainSpec.parse(draft.steps[0].values)
    assert spec.model == MODEL_PRESETS[name].load()


def test_rules_have_their_presets_and_other_verbs_none() -> None:
    assert [preset.name for preset in presets_of("clean")] == list(RULE_PRESETS)
    assert presets_of("serve") == []
    assert preset_values("clean", "no such") == preset_values("serve", "x") == {}
    assert depth_values("12")["model.width"] == 768
