"""Prefix and blank infilling: batches, loss, what the model may see, writing on, refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.training.loop.tiny import make_store, spec_data
from tests.training.objectives.setting import Made, parsed, special_store
from training.errors import SpecError
from training.generate.opening import opening_of
from training.generate.sampling import sample_tokens
from training.model.masks import Documents
from training.specs.train import TrainSpec
from training.tokens.labels import IGNORED

GMASK, SOP, EOP = 67, 68, 69
LEARNED = {"position": "learned", "has_blank_positions": True}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return special_store(tmp_path_factory.mktemp("store") / "tokens")


def made(store: Path, objective: str, *, init_std: float = 0.2, **changes: Any) -> Made:
    return Made(store, parsed(store, objective, "prefix", **changes), init_std)


def test_what_is_given_is_not_asked_for_and_the_rest_is(store: Path) -> None:
    run = made(store, "prefix")
    batch = run.batch(list(range(16)))
    tokens, documents = run.rows.gather(np.arange(16))
    assert batch.documents is not None
    assert batch.documents.prefixes is not None
    truth = np.where(documents[:, 1:] == documents[:, :-1], tokens[:, 1:], IGNORED)
    fractions = []
    for row, (ends, seen) in enumerate(
        zip(batch.documents.ends, batch.documents.prefixes, strict=True)
    ):
        start = 0
        for end, length in zip(ends, seen, strict=True):
            assert 1 <= length <= end - start
            labels = batch.labels[row, start:end].numpy()
            assert (labels[: length - 1] == IGNORED).all()
            assert (labels[length - 1 :] == truth[row, start + length - 1 : end]).all()
            fractions.append(length / (end - start))
            start = end
    assert np.mean(fractions) == pytest.approx(0.5, abs=0.15)
    assert torch.equal(batch.input_ids, torch.from_numpy(tokens[:, :-1]))
    assert batch.num_targets == int((batch.labels != IGNORED).sum())


def test_prefixes_are_drawn_within_their_range_and_by_place(store: Path) -> None:
    run = made(store, "prefix", prefix={"least_fraction": 0.5, "largest_fraction": 0.5})
    batch = run.batch([3], [40])
    assert batch.documents is not None
    lengths = np.diff([0, *batch.documents.ends[0]])
    assert batch.documents.prefixes == (tuple(np.maximum(1, lengths // 2).tolist()),)
    free = made(store, "prefix")
    assert torch.equal(free.batch([3], [40]).labels, free.batch([5, 3], [2, 40]).labels[1:])
    assert not torch.equal(free.batch([3], [40]).labels, free.batch([3], [41]).labels)


def test_rows_without_boundaries_have_one_prefix(store: Path) -> None:
    batch = made(store, "prefix", packing={"isolation": "none"}).batch([0])
    assert batch.documents is not None
    assert batch.documents.ends == ((32,),)
    assert batch.position_ids is None


@pytest.mark.parametrize("objective", ["prefix", "blank"])
def test_the_loss_is_the_cross_entropy_under_the_prefix_mask(store: Path, objective: str) -> None:
    run = made(store, objective)
    batch = run.batch([0, 3, 8])
    loss = run.objective(run.model, batch)
    run.model.attention_backend = "dense"
    logits = run.model(batch.input_ids, batch.documents, batch.position_ids).logits
    asked = batch.labels != IGNORED
    expected = cross_entropy(logits[asked], batch.labels[asked], reduction="sum")
    torch.testing.assert_close(loss, expected, atol=1e-4, rtol=1e-5)
    with torch.inference_mode():
        figures = run.objective.figures(run.objective.tally(run.model, batch))
    mean = expected.item() / batch.num_targets
    assert figures == {"loss": pytest.approx(mean, rel=1e-5)}


@pytest.mark.parametrize("model", [{}, LEARNED], ids=["one position", "two positions"])
def test_no_label_can_be_seen_by_the_place_that_predicts_it(store: Path, model: Any) -> None:
    """Change a written token: only what is written after it moves."""
    run = made(store, "blank", model=model, blank={"long_share": 0.5})
    batch = run.batch([2])
    assert batch.documents is not None
    assert batch.documents.prefixes is not None
    start, seen = 0, batch.documents.prefixes[0][0]
    end = batch.documents.ends[0][0]
    if end - seen < 3:
        pytest.skip("a document with nothing written")

    def logits(tokens: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return run.model(
                tokens,
                batch.documents,
                batch.position_ids,
                blank_position_ids=batch.blank_position_ids,
            ).logits[0]

    before, changed = logits(batch.input_ids), batch.input_ids.clone()
    changed[0, seen + 1] = (changed[0, seen + 1] + 5) % 60 + 1
    moved = (logits(changed) != before).any(-1)
    assert not moved[start : seen + 1].any()
    assert moved[seen + 1 : end].all()
    assert not moved[end:].any()


def test_a_blank_batch_has_targets_of_its_own_and_both_kinds_of_positions(store: Path) -> None:
    one, two = made(store, "blank"), made(store, "blank", model=LEARNED)
    plain, paired = one.batch([0, 1, 2]), two.batch([0, 1, 2])
    assert torch.equal(plain.input_ids, paired.input_ids)
    assert plain.blank_position_ids is None
    assert paired.blank_position_ids is not None
    assert plain.position_ids is not None
    assert paired.position_ids is not None
    assert torch.equal(plain.position_ids, paired.position_ids + paired.blank_position_ids)
    written = paired.blank_position_ids > 0
    assert torch.equal(written, plain.labels != IGNORED)
    assert (plain.labels == EOP).any()
    assert (plain.input_ids == SOP).sum() == (plain.labels == EOP).sum()
    assert int(plain.position_ids.max()) < 32


@pytest.mark.parametrize("model", [{}, LEARNED], ids=["one position", "two positions"])
def test_writing_on_is_what_training_showed(store: Path, model: Any) -> None:
    """Greedy writing after a prompt equals the likeliest labels of one pass laid out as trained."""
    run = made(store, "blank", model=model, init_std=0.3)
    prompt = [5, 8, 11, 14, 17]
    opening = opening_of(run.model, run.store.tokenizer_folder)
    assert opening is not None
    assert (opening.mask_id, opening.start_id, opening.end_id) == (GMASK, SOP, EOP)
    written = list(
        sample_tokens(
            run.model, prompt, max_new_tokens=6, context_length=32, temperature=0, opening=opening
        )
    )
    assert written
    tokens = torch.tensor([[*prompt, GMASK, SOP, *written]])
    seen, length = len(prompt) + 1, tokens.shape[1]
    inside = torch.tensor([[0] * seen + list(range(1, length - seen + 1))])
    at_mask = torch.tensor([[*range(seen), *[seen - 1] * (length - seen)]])
    documents = Documents.of_lengths([[length]], [[seen]])
    with torch.no_grad():
        logits = run.model(
            tokens,
            documents,
            at_mask if model else at_mask + inside,
            blank_position_ids=inside if model else None,
        ).logits[0]
    chosen = logits[seen:].argmax(-1).tolist()
    assert chosen[: len(written)] == written


def test_a_prefix_model_writes_on_without_a_mask(store: Path) -> None:
    run = made(store, "prefix", init_std=0.3)
    assert opening_of(run.model, run.store.tokenizer_folder) is None
    written = list(
        sample_tokens(run.model, [5, 8, 11], max_new_tokens=4, context_length=32, temperature=0)
    )
    tokens = torch.tensor([[5, 8, 11, *written]])
    with torch.no_grad():
        logits = run.model(tokens, Documents.of_lengths([[7]], [[3]])).logits[0]
    assert logits[2:-1].argmax(-1).tolist() == written


def test_tokens_that_the_tokenizer_lacks_are_all_named(tmp_path: Path) -> None:
    bare = make_store(tmp_path / "tokens", num_documents=20, special=("[MASK]",))
    with pytest.raises(SpecError) as caught:
        made(bare, "blank")
    assert [problem.expected for problem in caught.value.problems] == ["[gMASK]", "<sop>", "<eop>"]
    assert "extra_special_tokens" in caught.value.problems[0].hint


def test_models_that_do_not_fit_are_refused(store: Path) -> None:
    def fields(**changes: Any) -> set[str]:
        with pytest.raises(SpecError) as caught:
            TrainSpec.parse(spec_data(store, **changes))
        assert all(problem.fix for problem in caught.value.problems)
        return {problem.field for problem in caught.value.problems}

    assert fields(objective="prefix") == {"model.attention"}
    relative = {"attention": "prefix", "position": "relative"}
    assert fields(objective="blank", model=relative) == {"model.position"}
    alibi = {"attention": "prefix", "position": "alibi"}
    assert fields(objective="prefix", model=alibi) == {"model.position"}
    rope = {"attention": "prefix", "has_blank_positions": True}
    assert fields(objective="blank", model=rope) == {"model.has_blank_positions"}
    wide = {"least_fraction": 0.8, "largest_fraction": 0.2}
    assert "prefix.least_fraction" in fields(prefix=wide)


def test_examples_of_a_task_set_are_no_texts_to_blank_out(store: Path) -> None:
    run = made(store, "blank")
    run.store.info = replace(run.store.info, too_long="cut")
    from training.objectives.blank import Blank
    from training.objectives.objective import Setting

    with pytest.raises(SpecError, match="examples of a task set"):
        Blank(Setting(run.spec, run.model_spec, run.store))
