"""Weights of sources: rows come as often as they say, exactly, and weights of 1 change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.jobs import events_of, extract_texts, run_verb
from training.corpus.weights import read_weights
from training.errors import DataError, SpecError
from training.specs.train import TrainSpec
from training.tokens.mixture import row_weights
from training.tokens.order import make_order, read_order, write_order
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore
from training.tokens.writer import StoreWriter


def store_of(folder, sizes, **weights):
    with StoreWriter(folder, vocab_size=100, eos_id=0, weights=weights) as writer:
        writer.start("train")
        for number, (source, size) in enumerate(sizes):
            writer.add(bytes(15) + bytes([number]), source, np.arange(size - 1) % 99 + 1)
    return TokenStore.open(folder)


@settings(max_examples=60, deadline=None)
@given(num_rows=st.integers(1, 90), needed=st.integers(0, 400), seed=st.integers(0, 2**31 - 1))
def test_weights_of_one_are_the_order_without_weights(num_rows, needed, seed):
    plain = make_order(num_rows, needed, seed)
    assert make_order(num_rows, needed, seed, np.ones(num_rows)).tolist() == plain.tolist()


@settings(max_examples=60, deadline=None)
@given(
    weights=st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0]), min_size=2, max_size=30),
    seed=st.integers(0, 2**31 - 1),
)
def test_whole_weights_are_met_exactly_in_every_epoch(weights, seed):
    weights = np.array([*weights, 1.0])
    length = int(weights.sum())
    order = make_order(len(weights), 3 * length, seed, weights)
    for epoch in range(3):
        counts = np.bincount(order[epoch * length : (epoch + 1) * length], minlength=len(weights))
        assert counts.tolist() == weights.tolist()


def test_parts_of_a_weight_are_met_over_epochs_and_never_off_by_more_than_one():
    weights = np.full(1_000, 0.25)
    weights[500:] = 1.5
    order = make_order(1_000, 100_000, 3, weights)
    low, high = np.bincount(order < 500, minlength=2)[::-1] / len(order)
    assert low == pytest.approx(0.25 / 1.75, abs=0.01)
    assert high == pytest.approx(1.5 / 1.75, abs=0.01)
    # The first epoch has about 875 rows: each of the second half once or twice.
    first = np.bincount(order[:700], minlength=1_000)
    assert first[:500].max() <= 1
    assert first.max() <= 2


def test_a_longer_run_begins_with_the_shorter_one_with_weights_too():
    weights = np.array([0.5, 2.0, 1.0, 0.0])
    assert make_order(4, 90, 7, weights)[:40].tolist() == make_order(4, 40, 7, weights).tolist()
    assert 3 not in make_order(4, 90, 7, weights).tolist()


@pytest.mark.parametrize("bad", [[0.0, 0.0], [-1.0, 2.0], [float("nan"), 1.0]])
def test_weights_that_leave_nothing_are_refused(bad):
    with pytest.raises(DataError, match="leave no row to train on"):
        make_order(2, 4, 0, np.array(bad))


@pytest.mark.parametrize("weight", [1e-9, 1e-300])
def test_weights_that_would_take_for_ever_are_refused(weight):
    with pytest.raises(DataError, match=r"one epoch reads about .* of 1,000 rows"):
        make_order(1_000, 10_000, 0, np.full(1_000, weight))


def test_a_row_counts_as_the_documents_in_it(tmp_path):
    store = store_of(tmp_path, [("web", 8), ("books", 12), ("web", 5)], web=0.5, books=2.0)
    assert store.info.weights == {"web": 0.5, "books": 2.0}
    rows = rows_of_split(store, "train", 4)
    found = row_weights(rows, store.info.weights)
    expected = []
    for index in range(len(rows)):
        spans = rows.row(index)
        total = sum(span.num_tokens for span in spans)
        each = [store.info.weights[store.source(span.document)] * span.num_tokens for span in spans]
        expected.append(sum(each) / total)
    assert found.tolist() == pytest.approx(expected)
    assert row_weights(rows, {}) is None
    assert row_weights(rows, {"news": 3.0}) is None


def test_the_weights_stand_in_the_stored_order(tmp_path):
    order = make_order(4, 8, 1, np.array([1.0, 2.0, 0.0, 1.0]))
    write_order(tmp_path, order, num_rows=4, seed=1, weights={"web": 2.0})
    again, info = read_order(tmp_path)
    assert (again.tolist(), info.weights) == (order.tolist(), {"web": 2.0})


def test_a_weight_of_a_source_that_is_not_there_is_told(tmp_path):
    documents = extract_texts(tmp_path, [f"a text of {n} words and more" for n in range(3)])
    run_verb(
        "clean", tmp_path / "clean", documents=str(documents), preset="off", text_files=False,
        weights={"wiki": 2.0},
    )  # fmt: skip
    (warning,) = events_of(tmp_path / "clean", "warning")
    assert "none of these documents is of: wiki." in warning["message"]


def test_weights_go_from_the_spec_of_a_corpus_into_its_tokens(tmp_path):
    (tmp_path / "texts.jsonl").write_text(
        "".join(f'{{"text": "a text of {n} words and more of it"}}\n' for n in range(40))
    )
    inputs = [{"path": "../texts.jsonl", "source": "web"}]
    run_verb("extract", tmp_path / "extract", inputs=inputs)
    rules = {name: {"is_on": False} for name in ("word_count", "stop_words", "repeated_5grams")}
    corpus = run_verb(
        "clean", tmp_path / "clean", documents="../extract/output", rules=rules, text_files=False,
        weights={"web": 0.5},
    )  # fmt: skip
    assert read_weights(corpus) == {"web": 0.5}
    run_verb("tokenizer", tmp_path / "tok", corpus="../clean/output", vocab_size=300,
             allow_smaller=True)  # fmt: skip
    tokens = run_verb(
        "tokenize", tmp_path / "tokens", corpus="../clean/output", tokenizer="../tok/output"
    )
    assert TokenStore.open(tokens).info.weights == {"web": 0.5}
    counted = run_verb(
        "clean", tmp_path / "counted", documents="../extract/output", rules=rules,
        text_files=False, tokenizer="../tok/output", signals="../clean/output",
    )  # fmt: skip
    import json

    funnel = json.loads((counted / "funnel.json").read_text())
    # Every document ends with one more token in the store.
    stored = TokenStore.open(tokens).info
    assert funnel["kept"]["tokens"] == stored.num_tokens - stored.num_documents


@pytest.mark.parametrize("weight", [-1, 1e9, "x"])
def test_weights_that_cannot_be_are_refused_by_their_field(weight):
    with pytest.raises(SpecError, match="source_weights"):
        TrainSpec.parse({"tokens": "x", "source_weights": {"web": weight}})
