"""The soft mask: every back end equals the written-out one; its ends are the two hard masks."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.training.tokens.stores import store_of
from training.errors import SpecError
from training.model.backends.base import Situation
from training.model.backends.choice import choose, supported
from training.model.building import build_model
from training.model.masks import Documents, MaskKind
from training.model.network import TrainyardModel
from training.specs.model import ModelSpec
from training.specs.packing import Isolation, PackingPart
from training.specs.train import TrainSpec
from training.tokens.batches import make_batch
from training.tokens.rows import rows_of_split

ROWS = [[7, 40, 1, 16], [32, 32], [1, 3, 60], [64]]
VOCAB_SIZE = 61
PENALTY = 1.5


@pytest.fixture
def tokens() -> Tensor:
    return torch.randint(VOCAB_SIZE, (4, 64), generator=torch.Generator().manual_seed(3))


def soft(penalty: float) -> Documents:
    return replace(Documents.of_lengths(ROWS), penalty=penalty)


def model_of(position: str, **changes: object) -> TrainyardModel:
    spec = ModelSpec(
        num_layers=2, width=32, num_heads=4, num_kv_heads=2, vocab_size=VOCAB_SIZE,
        context_length=64, position=position,
    ).replace(**changes)  # fmt: skip
    return build_model(spec.resolve(), seed=1).eval()


def logits(model: TrainyardModel, name: str, tokens: Tensor, told: Documents | None) -> Tensor:
    model.attention_backend = name
    with torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "flex_attention called without torch.compile")
        return model(tokens, told).logits


@pytest.mark.parametrize("position", ["rope", "alibi", "learned", "relative", "none"])
@pytest.mark.parametrize("name", ["soft", "flex", "auto"])
def test_back_ends_equal_the_written_out_mask(name: str, position: str, tokens: Tensor) -> None:
    model = model_of(position)
    expected = logits(model, "dense", tokens, soft(PENALTY))
    torch.testing.assert_close(
        logits(model, name, tokens, soft(PENALTY)), expected, atol=2e-5, rtol=0
    )
    for other in (Documents.of_lengths(ROWS), None):
        assert (logits(model, "auto", tokens, other) - expected).abs().max() > 1e-3


@pytest.mark.parametrize("name", ["soft", "dense"])
def test_a_huge_bias_is_the_hard_mask_and_a_tiny_one_none(name: str, tokens: Tensor) -> None:
    model = model_of("rope")
    hard = logits(model, "dense", tokens, Documents.of_lengths(ROWS))
    torch.testing.assert_close(logits(model, name, tokens, soft(200.0)), hard, atol=1e-4, rtol=0)
    none = logits(model, "auto", tokens, None)
    torch.testing.assert_close(logits(model, name, tokens, soft(1e-7)), none, atol=2e-5, rtol=0)


def test_gradients_equal_those_of_the_written_out_mask(tokens: Tensor) -> None:
    model, found = model_of("rope"), []
    for name in ("dense", "soft"):
        model.attention_backend = name
        model.zero_grad()
        model(tokens, soft(PENALTY)).logits.square().mean().backward()
        found.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-4)


def test_half_precision_stays_near(tokens: Tensor) -> None:
    model = model_of("rope")
    expected = logits(model, "dense", tokens, soft(PENALTY))
    with torch.autocast("cpu", torch.bfloat16):
        found = logits(model, "soft", tokens, soft(PENALTY))
    assert (found.float() - expected).abs().max() < 0.05 * expected.abs().max()


def test_what_cannot_soften_says_so_and_soft_forbids_nothing(tokens: Tensor) -> None:
    for device in ("cpu", "cuda"):
        assert supported("per_document", device, MaskKind.SOFT, True)
        assert supported("varlen", device, MaskKind.SOFT, True, dtype=torch.bfloat16)
    assert choose(Situation("cpu", MaskKind.SOFT)) == "soft"
    assert choose(Situation("cuda", MaskKind.SOFT)) == "flex"
    assert choose(Situation("cuda", MaskKind.SOFT, has_dropout=True)) == "soft"
    model = model_of("rope")
    model.attention_backend = "soft"
    with pytest.raises(SpecError, match="forbids none"):
        model(tokens, Documents.of_lengths(ROWS))
    for penalty in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="finite number above 0"):
            soft(penalty)


def test_a_batch_tells_the_bias_and_takes_no_loss_across_a_border(tmp_path) -> None:
    rows = rows_of_split(store_of(tmp_path, [[1] * 5, [2] * 9]), "train", 8)
    packing = PackingPart(isolation=Isolation.SOFT, soft_bias=3.0)
    batch = make_batch(rows, np.array([0]), packing, torch.device("cpu"))
    hard = make_batch(rows, np.array([0]), PackingPart(), torch.device("cpu"))
    assert batch.documents is not None
    assert batch.documents.penalty == 3.0
    assert batch.documents.to("cpu").penalty == 3.0
    assert torch.equal(batch.labels, hard.labels)
    assert batch.position_ids is not None
    assert hard.position_ids is not None
    assert torch.equal(batch.position_ids, hard.position_ids)


def test_an_objective_that_looks_ahead_is_refused_with_a_fix() -> None:
    spec = {"tokens": "t", "packing": {"isolation": "soft"}}
    assert TrainSpec.parse(spec).packing.penalty == 4.0
    with pytest.raises(SpecError, match="soft mask is for the causal objective") as refused:
        TrainSpec.parse({**spec, "objective": "masked", "model": {"attention": "bidirectional"}})
    problem = next(one for one in refused.value.problems if one.field == "packing.isolation")
    assert problem.fix == (("packing.isolation", "document"),)
