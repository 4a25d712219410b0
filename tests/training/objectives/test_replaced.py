"""Replaced-token detection: what is drawn, both losses, shared tables, figures, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from tests.training.loop.tiny import spec_data, train
from tests.training.objectives.setting import Made, parsed, special_store
from training.errors import SpecError
from training.export.load import load_exported
from training.loop.base import load_base
from training.model.generator import attach_generator, generator_in
from training.objectives.replaced import ReplacedBatch, draw_tokens
from training.planning.plan import plan_training
from training.registry import MODEL_PRESETS
from training.specs.model import ModelSpec
from training.specs.replaced import ReplacedPart, generator_of
from training.specs.train import TrainSpec
from training.tokens.batches import IGNORED

ELECTRA: dict[str, Any] = {
    "attention": "bidirectional",
    "position": "learned",
    "norm": "layernorm",
    "norm_placement": "post",
    "has_embedding_norm": True,
    "feedforward": "gelu_exact",
    "has_biases": True,
    "num_token_types": 2,
    "head": "discriminator",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return special_store(tmp_path_factory.mktemp("store") / "tokens")


def made(store: Path, **changes: Any) -> Made:
    run = Made(
        store, parsed(store, "replaced", "bidirectional", model=ELECTRA, **changes), init_std=0.2
    )
    attach_generator(run.model, run.spec)
    return run


def test_tokens_are_drawn_as_the_generator_says(store: Path) -> None:
    generator = generator_in(made(store).model)
    seeded = torch.Generator().manual_seed(0)
    hidden = torch.randn(1, generator.spec.width, generator=seeded).repeat(20_000, 1)
    chances = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    drawn = draw_tokens(generator, hidden, chances)
    wanted = generator.logits(hidden[:1]).softmax(-1)[0]
    found = torch.bincount(drawn, minlength=len(wanted)) / len(drawn)
    torch.testing.assert_close(found, wanted.detach(), atol=1e-4, rtol=0)
    edges = draw_tokens(generator, hidden[:2], torch.tensor([0.0, 1 - 2**-53]).double())
    assert edges.tolist() == [0, len(wanted) - 1]


def test_both_losses_are_those_of_their_heads(store: Path) -> None:
    run = made(store)
    batch = run.batch([0, 5, 9])
    assert isinstance(batch, ReplacedBatch)
    assert batch.chances is not None
    generator = generator_in(run.model)
    guesses = generator(batch.input_ids, batch.documents, batch.position_ids).logits
    asked = batch.labels != IGNORED
    guessing = cross_entropy(guesses[asked], batch.labels[asked], reduction="sum")
    heights = guesses[asked].softmax(-1).cumsum(-1, dtype=torch.float64)
    drawn = (heights <= batch.chances[asked][:, None] * heights[:, -1:]).sum(-1)
    shown = batch.input_ids.clone()
    shown[asked] = drawn
    answers = torch.zeros(shown.shape)
    answers[asked] = (drawn != batch.labels[asked]).float()
    scores = run.model(shown, batch.documents, batch.position_ids).logits
    detection = binary_cross_entropy_with_logits(scores, answers, reduction="sum")
    expected = (guessing + 50 * 0.15 * detection).detach()
    loss = run.objective(run.model, batch)
    torch.testing.assert_close(loss.detach(), expected, atol=1e-3, rtol=1e-5)
    with torch.inference_mode():
        figures = run.objective.figures(run.objective.tally(run.model, batch))
    assert figures["loss"] == pytest.approx(float(expected) / batch.num_targets, rel=1e-5)
    assert figures["replaced_share"] == pytest.approx(float(answers.mean()))
    right = ((scores > 0) == answers.bool()).float().mean()
    assert figures["replaced_accuracy"] == pytest.approx(float(right))
    assert figures["masked_accuracy"] == pytest.approx(
        float((guesses[asked].argmax(-1) == batch.labels[asked]).float().mean())
    )
    above = scores[answers.bool()][:, None] > scores[~answers.bool()][None]
    assert figures["replaced_auc"] == pytest.approx(float(above.float().mean()), abs=2e-3)


def test_the_draw_belongs_to_the_place_in_the_order(store: Path) -> None:
    run = made(store)
    batches = [run.batch([4], [place]) for place in (3, 3, 9)]
    chances = [b.chances for b in batches if isinstance(b, ReplacedBatch)]
    assert all(numbers is not None for numbers in chances)
    assert torch.equal(chances[0], chances[1])
    assert not torch.equal(chances[0], chances[2])


def test_tables_are_shared_and_nothing_else_is(store: Path) -> None:
    model = made(store).model
    generator = generator_in(model)
    shared = {id(p) for p in model.model.parameters()} & {id(p) for p in generator.parameters()}
    tables = (model.model.embed_tokens, model.model.positions, model.model.token_types)
    assert shared == {id(table.weight) for table in tables}
    assert generator.lm_head.weight is model.model.embed_tokens.weight
    one, other = model.model.layers[0], generator.model.layers[0]
    assert not torch.equal(one.mlp.down_proj.weight[:8, :8], other.mlp.down_proj.weight[:8, :8])


def test_padding_is_neither_replaced_nor_judged(store: Path) -> None:
    run = made(store, packing={"way": "best_fit"})
    every = list(range(len(run.rows)))
    batch = run.batch(every)
    assert isinstance(batch, ReplacedBatch)
    assert batch.is_real is not None
    _, documents = run.rows.gather(np.array(every))
    assert np.array_equal(batch.is_real.numpy(), documents[:, :-1] >= 0)
    assert not bool(batch.is_real.all())
    assert not ((batch.labels != IGNORED) & ~batch.is_real).any()


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.5, 1.0])
def test_a_generator_is_a_part_of_the_model(fraction: float) -> None:
    model = MODEL_PRESETS["electra-small"].load().replace(vocab_size=300).resolve()
    generator = generator_of(model, ReplacedPart(generator_fraction=fraction))
    assert list(generator.problems()) == []
    assert generator.head_width == model.head_width
    assert generator.width == max(1, round(4 * fraction)) * 64
    assert generator.token_width == model.token_width == 128
    assert generator.feedforward_width == 4 * generator.width


@pytest.mark.parametrize(
    "changes",
    [
        {"num_heads": 6, "num_kv_heads": 2, "width": 96},
        {"attention_head_width": 24, "num_heads": 3},
        {"position": "rope", "rope_fraction": 0.5, "has_qk_norm": True},
        {"position": "relative", "embedding_width": 16},
    ],
    ids=str,
)
def test_any_architecture_has_a_generator(store: Path, changes: dict[str, Any]) -> None:
    spec = parsed(store, "replaced", "bidirectional", model=ELECTRA | changes)
    run = Made(store, spec)
    attach_generator(run.model, spec)
    loss = run.objective(run.model, run.batch([0, 1]))
    loss.backward()
    assert all(parameter.grad is not None for parameter in run.model.parameters())


def test_the_model_is_left_and_the_generator_where_it_is_wanted(
    tmp_path: Path, store: Path
) -> None:
    model = spec_data(store)["model"] | ELECTRA
    part = {"keeps_generator": True, "generator_fraction": 0.5}
    out = train(
        tmp_path, "run", store, objective="replaced", model=model, replaced=part, num_steps=8
    )
    left = load_exported(out / "output")
    assert type(left).__name__ == "ElectraForPreTraining"
    assert type(load_exported(out / "output" / "generator")).__name__ == "ElectraForMaskedLM"
    assert not any("generator" in name for name in load_base(out / "output").tensors)
    checkpoint = max((out / "checkpoints").glob("step-*"))
    again = load_base(checkpoint).model()
    tokens = torch.arange(1, 20)[None]
    with torch.no_grad():
        assert torch.allclose(again(tokens).logits, left(tokens).logits, atol=1e-5)


@pytest.mark.parametrize("position", ["learned", "rope", "disentangled"])
def test_the_plan_counts_the_generator(store: Path, position: str) -> None:
    spec = parsed(store, "replaced", "bidirectional", model=ELECTRA | {"position": position})
    run = Made(store, spec)
    attach_generator(run.model, spec)
    plan = plan_training(spec, vocab_size=run.model_spec.vocab_size)
    parameters = list(run.model.parameters())
    assert plan.parameters.total + plan.trained.num_added == sum(p.numel() for p in parameters)
    assert plan.trained.num_tensors == len(parameters)
    assert plan.memory.weights == sum(p.nbytes for p in parameters)
    alone = plan_training(spec.replace(objective="masked"), vocab_size=run.model_spec.vocab_size)
    assert plan.memory.activations > alone.memory.activations
    assert plan.training_flops > alone.training_flops


@pytest.mark.parametrize(
    ("changes", "field", "accepted"),
    [
        ({"model": {"head": "transform"}}, "model.head", "discriminator"),
        ({"objective": "masked"}, "model.head", "linear or transform"),
        ({"masked": {"has_pairs": True}}, "masked.has_pairs", "off"),
    ],
    ids=["another head", "another objective", "pairs"],
)
def test_what_does_not_fit_is_refused(
    store: Path, changes: dict[str, Any], field: str, accepted: str
) -> None:
    data = spec_data(store, **{"objective": "replaced", **changes})
    data["model"] = spec_data(store)["model"] | ELECTRA | changes.get("model", {})
    with pytest.raises(SpecError) as caught:
        TrainSpec.parse(data)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert accepted in problem.expected
    assert problem.fix


def test_presets_of_electra_fit_the_objective() -> None:
    for name in ("electra-small", "electra-tiny"):
        model: ModelSpec = MODEL_PRESETS[name].load()
        TrainSpec.parse({"tokens": "t", "objective": "replaced", "model": model.model_dump()})
