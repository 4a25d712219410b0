"""The scorer: KenLM's answers, perplexity by its formula, texts of every kind, threads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.corpus.ngram_lm.models import chatter, fitted, open_fitted
from training.corpus.ngram_lm.model import NgramModel
from training.corpus.places import lines_of_words
from training.corpus.signals.batch import TextBatch

#: Made by kenlm_answers.py in this folder, which has the command.
ANSWERS = json.loads((Path(__file__).parent / "kenlm_answers.json").read_text())
TEXTS = chatter(200)


def test_log_probabilities_are_those_that_kenlm_gave(tmp_path):
    model = open_fitted(tmp_path, TEXTS, vocab_size=40)
    lines = [line for line, _ in ANSWERS["fitted"]]
    theirs = [value for _, values in ANSWERS["fitted"] for value in values]
    assert model.score_words(TextBatch.of(lines)) == pytest.approx(theirs, abs=1e-4)


def test_log_probabilities_are_those_of_the_kenlm_that_is_installed(tmp_path):
    kenlm = pytest.importorskip(
        "kenlm", reason="kenlm is not installed; its stored answers are tested beside this"
    )
    texts = chatter(2_000, seed=5)
    model = open_fitted(tmp_path, texts, vocab_size=45)
    theirs = kenlm.Model(str(tmp_path / "model.arpa"))
    lines = [" ".join(line) for text in texts for line in lines_of_words(text)]
    expected = [value for line in lines for value, _, _ in theirs.full_scores(line)]
    assert model.score_words(TextBatch.of(lines)) == pytest.approx(expected, abs=1e-4)


def test_perplexity_counts_words_and_line_ends(tmp_path):
    model = open_fitted(tmp_path, TEXTS)
    texts = ["the of\n\n  and,  to a\n", "", "... \n", "the"]
    scores = model.score(TextBatch.of(texts))
    assert scores.num_predicted.tolist() == [7, 0, 0, 2]
    each = model.score_words(TextBatch.of(texts))
    assert scores.log10 == pytest.approx([each[:7].sum(), 0, 0, each[7:].sum()])
    expected = [10 ** (-each[:7].sum() / 7), 0, 0, 10 ** (-each[7:].sum() / 2)]
    assert scores.perplexity == pytest.approx(expected)


def test_a_text_like_the_models_is_less_perplexing_than_its_words_shuffled(tmp_path):
    prose = ["the dog was in the house and it was on the floor"] * 50
    model = open_fitted(tmp_path, prose)
    like, shuffled, foreign = model.score(
        TextBatch.of(["it was in the house", "house the in was it", "quod erat demonstrandum"])
    ).perplexity
    assert like < shuffled < foreign


@pytest.mark.parametrize("text", [
    "", "x", "\n\n\n", "中文。没有空格", "emoji 😀 here", "שלום עולם", "no" * 100_000,
    "The  of\r\nAND\x00to", "İstanbul ẞ", "a\n" * 1_000, "́combining", "the " * 300_000,
])  # fmt: skip
def test_any_text_is_scored_alone_as_among_others(tmp_path, text):
    model = open_fitted(tmp_path, TEXTS)
    (alone,) = model.score(TextBatch.of([text])).perplexity
    among = model.score(TextBatch.of(["the of", text, "我们"]))
    assert among.perplexity[1] == alone
    assert np.isfinite(among.perplexity).all()
    words = list(lines_of_words(text))
    assert among.num_predicted[1] == sum(map(len, words)) + len(words)


def test_words_are_cut_in_python_as_the_compiled_loop_cuts_them(tmp_path):
    text = "ΟΔΟΣ İstanbul STRAẞE Ǆ 中文 don't"
    model = open_fitted(tmp_path, [text])
    (line,) = lines_of_words(text)
    assert model.score(TextBatch.of([" ".join(line)])).num_unknown.tolist() == [0]
    told = (tmp_path / "model.arpa").read_text()
    assert all(f"\t{word}\t" in told for word in line)


def test_a_torn_model_is_refused(tmp_path):
    fitted(tmp_path, TEXTS)
    (tmp_path / "unigrams.npy").write_bytes(b"none")
    with pytest.raises(Exception, match="Fit it again"):
        NgramModel.open(tmp_path)
