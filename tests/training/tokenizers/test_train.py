"""The verb leaves a tokenizer with honest figures, or one sentence and nothing."""

from __future__ import annotations

import json

import pytest

from tests.training.corpus.jobs import events_of, extract_texts, run_verb
from training.errors import SpecError
from training.folder.artifact import changed_files, load_manifest
from training.folder.layout import JobFolder
from training.registry import RULE_PRESETS
from training.tokenizers.load import load_tokenizer

KEEP_ALL = RULE_PRESETS["off"].load().model_dump(mode="json")
TEXTS = [f"The owner of house {n} was not at home when we came to see it." for n in range(400)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    extract_texts(folder, TEXTS)
    run_verb("clean", folder / "clean", documents="../extract/output", rules=KEEP_ALL)
    return folder


def test_figures_are_measured_on_documents_held_out(home):
    output = run_verb(
        "tokenizer", home / "tok", corpus="../clean/output", vocab_size=290, num_threads=1
    )
    figures = json.loads((output / "statistics.json").read_text())
    tokenizer = load_tokenizer(output)
    assert (figures["vocab_size"], figures["merges"]) == (290, 290 - 257)
    fit = figures["fit"]
    assert fit["is_held_out"]
    assert 0 < fit["num_documents"] < 40
    total = sum(len(text.encode()) for text in TEXTS)
    assert figures["training_bytes"] + fit["num_bytes"] == total
    assert fit["num_words"] == 15 * fit["num_documents"]
    # Every text is alike, so the rate on the whole corpus is close to that on the sample.
    rate = total / sum(len(tokenizer.encode(text).ids) for text in TEXTS)
    assert fit["bytes_per_token"] == pytest.approx(rate, rel=0.05)
    assert fit["tokens_per_word"] == pytest.approx(fit["num_tokens"] / fit["num_words"])
    assert changed_files(output) == []
    assert load_manifest(output).inputs["corpus"]["id"] == load_manifest(home / "clean/output").id


def test_too_large_a_vocabulary_leaves_nothing_behind(home):
    with pytest.raises(SpecError, match=r"larger than the corpus supports.*got 500,000; accepted"):
        run_verb("tokenizer", home / "big", corpus="../clean/output", vocab_size=500_000)
    assert not list((home / "big").glob("output*"))


def test_less_text_can_be_learnt_from(home):
    output = run_verb(
        "tokenizer",
        home / "less",
        corpus="../clean/output",
        vocab_size=260,
        max_training_bytes=1_000,
    )
    assert 1_000 <= load_manifest(output).counts["training_bytes"] < 1_100


def test_a_corpus_of_one_document_is_learnt_from_and_said_to_be(tmp_path):
    extract_texts(tmp_path, ["one text that is all there is, all there is"])
    run_verb("clean", tmp_path / "clean", documents="../extract/output", rules=KEEP_ALL)
    output = run_verb("tokenizer", tmp_path / "tok", corpus="../clean/output", vocab_size=258)
    assert not json.loads((output / "statistics.json").read_text())["fit"]["is_held_out"]


def test_a_stop_leaves_no_output(home):
    folder = JobFolder(home / "stopped")
    folder.stop.parent.mkdir(parents=True)
    folder.stop.write_text("{}")
    run_verb("tokenizer", home / "stopped", corpus="../clean/output", vocab_size=300)
    assert len(events_of(home / "stopped", "stopped")) == 1
    assert not list((home / "stopped").glob("output*"))
