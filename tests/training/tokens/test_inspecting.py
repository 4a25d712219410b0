"""A drawn batch is the batch that is trained on, and its figures are those of its mask."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.tokens.stores import store_of
from training.cli import main
from training.folder.artifact import write_artifact
from training.specs.packing import Isolation, PackingPart, PackingWay
from training.tokens.batches import make_batch
from training.tokens.efficiency import measure, measure_rows
from training.tokens.inspecting.batches import batch_of_settings
from training.tokens.inspecting.drawing import Drawing
from training.tokens.labels import IGNORED
from training.tokens.rows import rows_of_split

Lengths = st.lists(st.integers(0, 30), min_size=1, max_size=15)


@pytest.mark.parametrize("isolation", Isolation)
@pytest.mark.parametrize("way", PackingWay)
@settings(max_examples=30, deadline=None)
@given(lengths=Lengths, length=st.integers(2, 16))
def test_what_is_drawn_is_the_batch(tmp_path_factory, way, isolation, lengths, length):
    store = store_of(tmp_path_factory.mktemp("s"), [range(1, 1 + n) for n in lengths])
    packing = PackingPart(way=way, isolation=isolation)
    if way == PackingWay.NAIVE and store.num_tokens("train") <= length:
        return
    rows = rows_of_split(store, "train", length, packing)
    row_ids = np.arange(len(rows))
    drawn = Drawing(rows, row_ids, packing).as_dict()
    batch = make_batch(rows, row_ids, packing, torch.device("cpu"))
    for place, row in enumerate(drawn["rows"]):
        has_loss = np.zeros(length, dtype=bool)
        for begin, end in row["targets"]:
            has_loss[begin:end] = True
        assert has_loss.tolist() == (batch.labels[place] != IGNORED).tolist()
        assert row["num_targets"] == has_loss.sum()
        ends = tuple(span[3] for span in row["spans"])
        positions = [
            at for *_, begin, end, at in row["spans"] for at in range(at, at + end - begin)
        ]
        if batch.documents is not None:
            assert ends == batch.documents.ends[place]
            assert batch.position_ids is not None
            assert positions == batch.position_ids[place].tolist()
        else:
            assert positions == list(range(length))


@pytest.mark.parametrize("is_causal", [True, False])
@pytest.mark.parametrize("way", PackingWay)
@settings(max_examples=30, deadline=None)
@given(lengths=Lengths, length=st.integers(2, 16))
def test_blocked_attention_is_counted_as_the_mask_says(
    tmp_path_factory, way, is_causal, lengths, length
):
    store = store_of(tmp_path_factory.mktemp("s"), [range(1, 1 + n) for n in lengths])
    if way == PackingWay.NAIVE and store.num_tokens("train") <= length:
        return
    packing = PackingPart(way=way)
    rows = rows_of_split(store, "train", length, packing)
    batch = make_batch(rows, np.arange(len(rows)), packing, torch.device("cpu"))
    assert batch.documents is not None
    seen = int(batch.documents.may_attend(is_causal=is_causal).sum())
    pairs = length * (length + 1) // 2 if is_causal else length * length
    figures = measure(rows)
    assert figures.crossing_fraction(is_causal=is_causal) == pytest.approx(
        1 - seen / (len(rows) * pairs)
    )
    _, documents = rows.gather(np.arange(len(rows)))
    assert figures.num_tokens == (documents[:, :-1] >= 0).sum()
    assert figures.num_pieces == sum(len(set(row.tolist()) - {-1}) for row in documents[:, :-1])
    assert measure_rows(rows, np.arange(len(rows))) == figures


def test_the_verb_draws_the_first_batch(tmp_path, capsys):
    with write_artifact(tmp_path / "tokens", "tokens") as artifact:
        store_of(artifact.path, [[1] * 6, [3] * 20])
    spec = tmp_path / "spec.yaml"
    spec.write_text("tokens: tokens\nsequence_length: 8\nbatch_size: 4\npacking: {way: best_fit}\n")
    assert main(["inspect_batch", str(spec), "--out", str(tmp_path / "out")]) == 0
    drawn = json.loads((tmp_path / "out" / "batch.json").read_text())
    assert drawn["num_rows"] == 4
    assert len(drawn["rows"]) == 4
    said = capsys.readouterr().out
    assert "1 document of the train split is longer than rows of 8 tokens and split" in said
    assert "aaaaaaa." in said
    assert "^^^^^^" in said


def test_the_first_batch_of_settings_is_that_of_their_order(tmp_path):
    store = store_of(tmp_path, [[n] * (n % 7) for n in range(60)])
    settings = {"sequence_length": 8, "batch_size": 4, "seed": 3, "packing": {"way": "greedy"}}
    first, second = (batch_of_settings(store.folder, settings, step) for step in (1, 2))
    assert len(first.row_ids) == len(second.row_ids) == 4
    assert not set(first.row_ids.tolist()) & set(second.row_ids.tolist())
