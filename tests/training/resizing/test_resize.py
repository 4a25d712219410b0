"""A resized model: old rows bit by bit, new rows the mean of old ones, and it can be trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.training.corpus.jobs import events_of
from tests.training.importing.bases import VOCAB_SIZE, imported, write_base
from tests.training.refusals import Attempt, write_yaml
from tests.training.vocabulary import kinds
from training import cli
from training.export.load import load_exported
from training.loop.base import load_base
from training.resizing.check import Check, Losses, measure, rows_without_new
from training.resizing.rows import origins_of, resized
from training.vocabulary.spelling import Speller

TERMS = ["transformer", "猫坐", "垫子上"]


def run(verb: str, place: Path, spec: dict[str, Any]) -> Path:
    file = write_yaml(place.with_suffix(".yaml"), spec)
    assert cli.main([verb, str(file), "--out", str(place)]) == 0
    return place / "output"


def extend(place: Path, model: Path) -> Path:
    return run("extend_tokenizer", place, {"model": str(model), "terms": TERMS})


@pytest.fixture(scope="module", params=["llama", "llama with biases, untied"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(base, extended tokenizer, resized model), of a tied and an untied base."""
    place = tmp_path_factory.mktemp("made")
    base = imported(write_base(place / "theirs", request.param), place / "import")
    tokenizer = extend(place / "extend", base)
    spec = {"model": str(base), "tokenizer": str(tokenizer), "max_check_tokens": 1024}
    return base, tokenizer, run("resize_embeddings", place / "resize", spec)


def test_old_rows_stay_and_new_rows_are_the_mean_of_the_old_pieces(made: Any) -> None:
    base, tokenizer, output = made
    before, after = load_file(base / "model.safetensors"), load_file(output / "model.safetensors")
    new = Speller(tokenizer)
    assert before.keys() == after.keys()
    tables = [name for name in before if before[name].shape[0] == VOCAB_SIZE]
    for name in before.keys() - set(tables):
        assert torch.equal(before[name], after[name]), name
    old = Speller(base)
    assert len(tables) == (2 if "lm_head.weight" in before else 1)
    for name in tables:
        assert torch.equal(after[name][:VOCAB_SIZE], before[name])
        for term in TERMS:
            ids = old.of_word(term)
            assert len(ids) > 3
            row = after[name][new.of_word(term)]
            torch.testing.assert_close(row[0], before[name][ids].mean(0))


def test_the_loss_on_old_text_is_as_before_and_both_are_told(made: Any) -> None:
    _, _, output = made
    figures = json.loads((output / "resizing.json").read_text())
    check = figures["check"]
    assert check["check_tokens"] > 500
    assert check["loss_after"] == pytest.approx(check["loss_before"], abs=1e-5)
    assert check["loss_after_all"] > check["loss_before_all"]
    assert 0 < check["taken_fraction"] < 0.5
    assert figures["rows"] == VOCAB_SIZE + figures["new_pieces"]
    manifest = json.loads((output / "manifest.json").read_text())
    assert manifest["counts"]["vocab_size"] == figures["rows"]
    assert load_exported(output).config.vocab_size == figures["rows"]


@pytest.mark.parametrize("name", ["gpt2", "bloom", "qwen2", "bert", "electra discriminator"])
def test_models_of_every_shape_get_rows_in_all_that_has_one_per_piece(
    tmp_path: Path, name: str
) -> None:
    base = imported(write_base(tmp_path / "theirs", name), tmp_path / "import")
    tokenizer = extend(tmp_path / "extend", base)
    spec = {"model": str(base), "tokenizer": str(tokenizer), "max_check_tokens": 512}
    output = run("resize_embeddings", tmp_path / "resize", spec)
    before, after = load_base(base), load_base(output)
    num_rows = after.spec.vocab_size
    assert num_rows == VOCAB_SIZE + len(origins_of(Speller(base), Speller(tokenizer)))
    changed = {n for n in before.tensors if before.tensors[n].shape != after.tensors[n].shape}
    assert "model.embed_tokens.weight" in changed
    for table in changed:
        assert after.tensors[table].shape[0] == num_rows
        assert torch.equal(after.tensors[table][:VOCAB_SIZE], before.tensors[table])
    check = json.loads((output / "resizing.json").read_text())["check"]
    if name == "electra discriminator":
        (warning,) = events_of(tmp_path / "resize", "warning")
        assert "a discriminator scores tokens" in warning["message"]
    else:
        assert check["loss_after"] == pytest.approx(check["loss_before"], abs=1e-5)


def test_a_model_that_changed_does_not_pass(made: Any) -> None:
    base, tokenizer, _ = made
    old, new = Speller(base), Speller(tokenizer)
    loaded = load_base(base)
    rows = rows_without_new(old, new, ["some old pieces are here"] * 40, length=64, most_tokens=400)
    before = measure(loaded.model(), rows, VOCAB_SIZE)
    tensors = resized(loaded.tensors, loaded.spec, VOCAB_SIZE + 30, origins_of(old, new))
    assert tensors["model.embed_tokens.weight"].shape[0] == VOCAB_SIZE + 30
    Check(before, before).require()
    with pytest.raises(Exception, match="The loss on text without a new piece changed"):
        Check(before, Losses(before.over_all, before.over_old + 0.01, 9)).require()


def test_a_run_on_the_resized_model_reads_its_tokens(
    made: Any, tmp_path: Path, corpus_of: Any, attempt: Attempt
) -> None:
    base, _, output = made
    texts = [f"The cat 猫坐在垫子上 and the transformer {n}." for n in range(60)]
    corpus = corpus_of(texts)
    tokens = run("tokenize", tmp_path / "tokens", {"corpus": str(corpus), "model": str(output)})
    spec = {
        "tokens": str(tokens),
        "base": str(output),
        "num_steps": 3,
        "batch_size": 4,
        "sequence_length": 16,
        "num_threads": 1,
        "schedule": {"warmup_steps": 1},
        "validation": {"every_steps": 0},
        "forgetting": {"is_on": False},
    }
    model = run("train", tmp_path / "train", spec)
    assert json.loads((model / "manifest.json").read_text())["counts"]["num_steps"] == 3
    # On the model before it was resized, these tokens mean nothing; the way out is named.
    said = attempt("train", {**spec, "base": str(base)}, 3)
    assert "The tokens do not match the base" in said
    assert "resize_embeddings" in said


def test_a_tokenizer_that_is_no_extension_is_refused(tmp_path: Path, attempt: Attempt) -> None:
    base = imported(write_base(tmp_path / "theirs", "llama"), tmp_path / "import")
    other = kinds.byte_level(tmp_path / "other")
    spec = {"model": str(base), "tokenizer": str(other)}
    assert "is no extension of the model's" in attempt("resize_embeddings", spec, 3)
