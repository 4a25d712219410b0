"""The hashed model: scores equal a slow sum by hand, and real text is told from debris."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.corpus.classifiers.evaluation import auc
from training.corpus.classifiers.hashed import HashedModel, fit_hashed, telling_runs
from training.corpus.classifiers.linear import LOGISTIC
from training.corpus.signals.batch import TextBatch

#: Pages before this one are learnt from.
_LEARNT_PAGES = 70


def slow_scores(model: HashedModel, texts: list[str]) -> list[float]:
    """The mean weight of all runs, from the hashes of single words."""
    mask, found = 2**64 - 1, []
    for text in texts:
        words = [int(one) for one in TextBatch.of([text]).words.hashes]
        weights = []
        for start in range(len(words)):
            run = words[start]
            for stop in range(start + 1, min(start + model.ngrams, len(words)) + 1):
                if stop > start + 1:
                    run = _mix((run * 0x9E3779B97F4A7C15 + words[stop - 1]) & mask)
                weights.append(float(model.weights[run >> int(model.shift)]))
        found.append(model.bias + (sum(weights) / len(weights) if weights else 0.0))
    return found


def _mix(value: int) -> int:
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD % 2**64
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 % 2**64
    return value ^ (value >> 33)


def model_of(bits: int, ngrams: int) -> HashedModel:
    weights = np.random.default_rng(bits).normal(size=1 << bits).astype(np.float32)
    return HashedModel(weights, 0.25, ngrams)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab 中文.\nÜ😀", max_size=40), min_size=1, max_size=4))
def test_scores_are_means_of_weights(texts):
    for ngrams in (1, 2, 3):
        model = model_of(10, ngrams)
        assert np.allclose(model.score(TextBatch.of(texts)), slow_scores(model, texts))


def test_a_text_without_a_word_has_the_intercept_alone():
    assert model_of(10, 2).score(TextBatch.of(["", "...", "\n"])).tolist() == [0.25] * 3


def test_the_runs_that_tell_are_spelt_and_point_the_right_way():
    texts = [f"good nice text {n}" for n in range(40)] + [f"bad ugly text {n}" for n in range(40)]
    targets = np.array([1.0] * 40 + [0.0] * 40)
    model, _ = fit_hashed(texts, targets, LOGISTIC, 2, 20, 2)
    told = telling_runs(model, texts, num=4)
    assert {run for run, _ in told["up"]} <= {"good", "nice", "good nice", "nice text"}
    assert {"bad", "ugly", "bad ugly"} <= {run for run, _ in told["down"]}
    scores = model.score(TextBatch.of(["nice text", "ugly text"]))
    assert scores[0] > 0 > scores[1]


def test_chinese_is_told_apart_by_runs_of_characters():
    texts = [f"今天天气很好{n}" for n in range(30)] + [f"点击这里登录{n}" for n in range(30)]
    model, _ = fit_hashed(texts, np.array([1.0] * 30 + [0.0] * 30), LOGISTIC, 2, 16, 2)
    scores = model.score(TextBatch.of(["天气很好", "登录这里"]))
    assert scores[0] > 0 > scores[1]


def chunks(text: str) -> Iterator[str]:
    piece = ""
    for line in text.split("\n"):
        piece += line + "\n"
        if len(piece) > 1_000:
            yield piece
            piece = ""
    if len(piece) > 200:
        yield piece


def test_articles_are_told_from_navigation_on_pages_never_seen(shared_data: Path) -> None:
    from resiliparse.extract.html2text import extract_plain_text

    folder = shared_data / "articles"
    gold = json.loads((folder / "gold.json").read_text())
    parts: dict[bool, tuple[list[str], list[float]]] = {True: ([], []), False: ([], [])}
    for number, (name, row) in enumerate(gold.items()):
        page = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        lines = extract_plain_text(page.decode("utf-8", "replace")).split("\n")
        debris = "\n".join(one for one in lines if one.strip() and one.strip() not in row["text"])
        texts, labels = parts[number < _LEARNT_PAGES]
        for source, label in ((row["text"], 1.0), (debris, 0.0)):
            found = list(chunks(source))
            texts += found
            labels += [label] * len(found)
    texts, labels = parts[True]
    model, _ = fit_hashed(texts, np.array(labels), LOGISTIC, 2, 20, 2)
    held_out, truth = parts[False]
    found = auc(model.score(TextBatch.of(held_out)), np.array(truth) > 0)
    assert found is not None
    assert found > 0.9


def test_personal_data_in_a_telling_run_is_masked():
    texts = ["write to ada@example.org at once"] * 30 + ["the weather is fine today"] * 30
    targets = np.array([1.0] * 30 + [0.0] * 30)
    model, _ = fit_hashed(texts, targets, LOGISTIC, 2, 16, 2)
    told = telling_runs(model, texts, num=40)
    runs = [run for side in told.values() for run, _ in side]
    assert "write to" in runs
    assert "<EMAIL_1>" in runs
    assert not any("ada" in run or "example" in run for run in runs)
