"""Masked language modelling: batches, loss, accuracy, pairs of sentences, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.training.loop.tiny import make_store, spec_data
from tests.training.objectives.setting import Made, parsed, special_store
from training.errors import Problem, SpecError
from training.specs.train import TrainSpec
from training.tokens.batches import Gathered
from training.tokens.draws import Draws
from training.tokens.labels import IGNORED

MASK, CLS, SEP = 64, 65, 66
PAIRS = {"has_sentence_head": True, "num_token_types": 2}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return special_store(tmp_path_factory.mktemp("store") / "tokens")


def made(store: Path, *, init_std: float = 0.02, **changes: Any) -> Made:
    return Made(store, parsed(store, "masked", "bidirectional", **changes), init_std)


def test_a_batch_hides_tokens_and_asks_for_them_where_they_were(store: Path) -> None:
    run = made(store)
    batch = run.batch([0, 1, 2, 3])
    tokens, documents = run.rows.gather(np.arange(4))
    truth = torch.from_numpy(tokens[:, :-1])
    asked = batch.labels != IGNORED
    assert torch.equal(batch.labels[asked], truth[asked])
    assert torch.equal(batch.input_ids[~asked], truth[~asked])
    assert (batch.input_ids[asked] == MASK).float().mean() > 0.5
    assert not (asked & (truth == 0)).any()  # the end of a text is never asked for
    assert batch.num_targets == int(asked.sum())
    assert batch.documents is not None
    assert batch.documents.ids.shape == (4, 32)
    assert batch.position_ids is not None
    assert int(batch.position_ids.max()) < 32
    assert np.array_equal(documents[:, :-1] != documents[:, :1], batch.documents.ids.numpy() != 0)


def test_masks_belong_to_the_place_in_the_order(store: Path) -> None:
    run = made(store)
    together = run.batch([4, 7, 4], [10, 11, 12])
    alone = run.batch([4], [12])
    assert torch.equal(together.input_ids[2:], alone.input_ids)
    assert not torch.equal(together.labels[0], together.labels[2])


def test_static_masks_come_back(store: Path) -> None:
    run = made(store, masked={"drawing": "static", "num_maskings": 2})
    num_rows = len(run.rows)
    labels = [run.batch([4], [4 + epoch * num_rows]).labels for epoch in range(4)]
    assert torch.equal(labels[0], labels[2])
    assert torch.equal(labels[1], labels[3])
    assert not torch.equal(labels[0], labels[1])


def test_the_loss_is_the_cross_entropy_of_what_was_hidden(store: Path) -> None:
    run = made(store, init_std=0.2)
    batch = run.batch([0, 5, 9])
    loss = run.objective(run.model, batch)
    logits = run.model(batch.input_ids, batch.documents, batch.position_ids).logits
    asked = batch.labels != IGNORED
    expected = cross_entropy(logits[asked], batch.labels[asked], reduction="sum")
    expected = expected.detach()
    torch.testing.assert_close(loss.detach(), expected, atol=1e-4, rtol=1e-5)
    with torch.inference_mode():
        sums = run.objective.tally(run.model, batch)
    figures = run.objective.figures(sums)
    assert figures["loss"] == pytest.approx(float(expected) / batch.num_targets, rel=1e-5)
    right = (logits.argmax(-1) == batch.labels)[asked].float().mean()
    assert figures["masked_accuracy"] == pytest.approx(float(right))
    assert "pair_accuracy" not in figures


def test_gradients_add_up_over_micro_batches(store: Path) -> None:
    gradients = []
    for pieces in ([[0, 1, 2, 3]], [[0], [1, 2], [3]]):
        run = made(store, masked={"has_pairs": True}, model=PAIRS)
        for piece in pieces:
            run.objective(run.model, run.batch(piece)).backward()
        gradients.append([p.grad for p in run.model.parameters() if p.grad is not None])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_whole_rows_have_one_document_and_running_positions(store: Path) -> None:
    run = made(store, packing={"isolation": "none"})
    batch = run.batch([0, 1])
    assert batch.documents is not None
    assert batch.documents.ends == ((32,), (32,))
    assert batch.position_ids is None


def test_padding_is_never_asked_for_nor_seen(store: Path) -> None:
    run = made(store, packing={"way": "best_fit", "isolation": "none"})
    _, documents = run.rows.gather(np.arange(len(run.rows)))
    row = int(np.flatnonzero((documents[:, :-1] < 0).any(axis=1))[0])
    batch = run.batch([row])
    is_padding = torch.from_numpy(documents[row, :-1] < 0)
    assert (batch.labels[0][is_padding] == IGNORED).all()
    assert batch.documents is not None
    assert len(set(batch.documents.ids[0][is_padding].tolist())) == 1
    assert not set(batch.documents.ids[0][is_padding].tolist()) & set(
        batch.documents.ids[0][~is_padding].tolist()
    )


def test_pairs_begin_with_a_class_token_and_have_two_types(store: Path) -> None:
    run = made(store, masked={"has_pairs": True}, model=PAIRS)
    batch = run.batch(list(range(24)))
    plain, documents = run.rows.gather(np.arange(24))
    assert batch.pairs is not None
    assert batch.token_type_ids is not None
    assert 0.25 < batch.pairs.is_random.float().mean() < 0.75
    for place, is_random in zip(batch.pairs.places.tolist(), batch.pairs.is_random, strict=True):
        row, start = divmod(place, 32)
        same = documents[row, start:-1] == documents[row, start]
        end = start + (len(same) if same.all() else int(same.argmin()))
        shown = torch.where(batch.labels[row] == IGNORED, batch.input_ids[row], batch.labels[row])
        types = batch.token_type_ids[row, start:end].tolist()
        pair = shown[start:end].tolist()
        assert (pair[0], pair[-1], pair.count(SEP)) == (CLS, SEP, 2)
        cut = pair.index(SEP)
        assert types == [0] * (cut + 1) + [1] * (len(pair) - cut - 1)
        first, second = pair[1:cut], pair[cut + 1 : -1]
        original = plain[row, start:end].tolist()
        assert first == original[: len(first)]
        follows = original[len(first) : len(first) + len(second)]
        assert (second == follows) != bool(is_random) or is_random


def test_a_pair_counts_in_loss_and_accuracy(store: Path) -> None:
    run = made(store, masked={"has_pairs": True}, model=PAIRS, init_std=0.2)
    batch = run.batch(list(range(8)))
    with torch.inference_mode():
        figures = run.objective.figures(run.objective.tally(run.model, batch))
        loss = run.objective(run.model, batch).item()
    assert figures["loss"] == pytest.approx(loss / batch.num_targets, rel=1e-5)
    assert 0 <= figures["pair_accuracy"] <= 1


def test_validation_draws_the_same_masks_in_every_run(store: Path) -> None:
    labels = []
    for seed in (1, 2):
        run = made(store, seed=seed)
        gathered = Gathered.of(run.rows, np.arange(4))
        draws = Draws.fixed(np.arange(4))
        labels.append(run.objective.batch(gathered, draws, torch.device("cpu")).labels)
    assert torch.equal(*labels)


def problems_of(store: Path, **changes: Any) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        TrainSpec.parse(spec_data(store, **changes))
    return list(caught.value.problems)


def test_a_causal_model_is_refused_with_the_remedy(store: Path) -> None:
    (problem,) = problems_of(store, objective="masked")
    assert (problem.field, problem.got, problem.expected) == (
        "model.attention",
        "causal",
        "bidirectional",
    )
    assert problem.fix == (("model.attention", "bidirectional"),)
    alibi = problems_of(store, objective="masked", model={"position": "alibi"})
    assert ("model.position", "rope") in alibi[0].fix
    (back,) = problems_of(store, model={"attention": "bidirectional"})
    assert "which a model that looks ahead would see" in back.message


def test_choices_that_exclude_each_other_are_refused(store: Path) -> None:
    both = {"attention": "bidirectional"}
    found = problems_of(
        store,
        objective="masked",
        model=both,
        masked={"has_pairs": True, "mask_fraction": 0.9, "random_fraction": 0.2},
        samples={"prompts": ["a"]},
    )
    assert {problem.field for problem in found} == {
        "masked.random_fraction",
        "samples.prompts",
        "model.has_sentence_head",
        "model.num_token_types",
    }
    assert all(problem.fix for problem in found)


def test_a_mask_token_that_the_tokenizer_lacks_is_named(tmp_path: Path, store: Path) -> None:
    bare = make_store(tmp_path / "tokens", num_documents=20)
    with pytest.raises(SpecError) as caught:
        made(bare)
    (problem,) = caught.value.problems
    assert problem.message == "the tokenizer has no mask token"
    assert problem.expected == "[MASK]"
    assert "special.mask to [MASK] in the tokenizer job" in problem.hint
    assert "<|endoftext|>" in problem.got
    half = make_store(tmp_path / "half", num_documents=20, special=("[MASK]",))
    with pytest.raises(SpecError) as caught:
        made(half, masked={"has_pairs": True}, model=PAIRS)
    assert [problem.expected for problem in caught.value.problems] == ["[CLS]", "[SEP]"]
