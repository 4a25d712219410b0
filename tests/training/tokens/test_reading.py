"""What a run read at a step: the very text, and where it stood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.training.corpus.jobs import documents_in
from tests.training.tasks.made import instruction, rows_in, set_of
from tests.training.tokens.test_examples import tokens_of
from tests.training.tokens.test_tokenize import prepare, tokenize
from training.errors import DataError
from training.folder.artifact import load_manifest
from training.folder.atomic import write_json
from training.specs.packing import PackingPart
from training.tokens.batches import make_batch
from training.tokens.marked import loss_pieces
from training.tokens.order import make_order, read_order, write_order
from training.tokens.packing import Rows
from training.tokens.reading import read_step
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore

LENGTH, BATCH, STEPS = 96, 3, 5


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = prepare(
        tmp_path_factory.mktemp("home"),
        [f"Café number {n}, 咖啡 {n * n}.\n" for n in range(80)],
        vocab_size=265,
    )
    store = TokenStore.open(tokenize(home, "tokens", validation={"fraction": 0.1}))
    folder = home / "run"
    folder.mkdir()
    spec = {"tokens": "../tokens/output", "batch_size": BATCH, "sequence_length": LENGTH}
    write_json(folder / "spec.json", {"verb": "train", "spec": spec})
    rows = Rows(store, "train", LENGTH)
    order = make_order(len(rows), STEPS * BATCH, 7)
    manifest = load_manifest(store.folder)
    write_order(folder, order, num_rows=len(rows), seed=7, tokens=manifest.id)
    return folder


def test_the_text_is_that_of_the_documents_at_the_tokens_that_were_read(run: Path) -> None:
    read = read_step(str(run), 2)
    texts = {row["doc_id"].hex(): row for row in documents_in(run.parent / "extract/output")}
    order, _ = read_order(run)
    assert [row["row"] for row in read["rows"]] == order[BATCH : 2 * BATCH].tolist()
    assert read["num_rows"] == BATCH
    spans = [span for row in read["rows"] for span in row["spans"]]
    assert sum(span["num_tokens"] for span in spans) == BATCH * (LENGTH + 1)
    whole = [span for span in spans if span["num_tokens"] == span["document_tokens"]]
    assert whole
    for span in spans:
        document = texts[span["doc_id"]]
        assert span["origin"]["file"] == document["origin"]["file"]
        assert span["origin"]["line"] == document["origin"]["line"]
        assert span["text"].removesuffix("<|endoftext|>").strip("�") in document["text"]
    for span in whole:
        assert span["text"] == texts[span["doc_id"]]["text"] + "<|endoftext|>"


def test_rows_come_page_by_page(run: Path) -> None:
    every = read_step(str(run), 1)["rows"]
    assert read_step(str(run), 1, first_row=1, num_rows=1)["rows"] == every[1:2]
    assert read_step(str(run), 1, first_row=99)["rows"] == []


def test_a_row_is_read_whole_where_a_page_of_rows_cuts_its_texts(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = read_step(str(run), 1)["rows"]
    for name, most in (("MAX_CHARS", 30), ("MAX_SPAN_CHARS", 10)):
        monkeypatch.setattr(f"training.tokens.reading.{name}", most)
    cut = read_step(str(run), 1)["rows"]
    assert sum(len(span["text"]) for row in cut for span in row["spans"]) == 30
    assert cut[0]["spans"][0]["is_cut"]
    for place, row in enumerate(every):
        assert read_step(str(run), 1, first_row=place, is_whole=True)["rows"] == [row]


@pytest.mark.parametrize("step", [0, -1, STEPS + 1])
def test_a_step_that_the_run_has_not_is_named(run: Path, step: int) -> None:
    with pytest.raises(DataError, match=f"no step {step}"):
        read_step(str(run), step)


def test_a_run_without_order_or_tokens_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no step can be traced"):
        read_step(str(tmp_path), 1)
    spec = {"tokens": "../gone", "batch_size": 1, "sequence_length": 8}
    write_json(tmp_path / "spec.json", {"verb": "train", "spec": spec})
    with pytest.raises(DataError, match="holds no stored order"):
        read_step(str(tmp_path), 1)


def test_without_the_documents_the_text_is_still_there(run: Path) -> None:
    documents = run.parent / "extract/output"
    aside = documents.rename(documents.with_name("aside"))
    try:
        span = read_step(str(run), 1)["rows"][0]["spans"][0]
        assert span["text"]
        assert span["origin"] is None
    finally:
        aside.rename(documents)


def test_of_examples_the_pieces_say_which_tokens_carried_loss(tmp_path: Path) -> None:
    tasks = set_of(tmp_path, [instruction(n) for n in range(40)])
    store = TokenStore.open(tokens_of(tmp_path, tasks))
    folder = tmp_path / "run"
    folder.mkdir()
    spec = {"tokens": "../tokens/output", "batch_size": BATCH, "sequence_length": LENGTH}
    write_json(folder / "spec.json", {"verb": "train", "spec": spec})
    rows = rows_of_split(store, "train", LENGTH)
    order = make_order(len(rows), BATCH, 7)
    write_order(folder, order, num_rows=len(rows), seed=7, tokens=load_manifest(store.folder).id)
    read = read_step(str(folder), 1)
    spans = [span for row in read["rows"] for span in row["spans"]]
    assert all("".join(text for text, _ in span["pieces"]) == span["text"] for span in spans)
    learnt = {text for span in spans for text, has_loss in span["pieces"] if has_loss}
    answers = {f"{row['output']}<|im_end|>" for row in rows_in(tasks, "train")}
    assert learnt
    assert learnt <= answers
    batch = make_batch(rows, order[:BATCH].astype(np.int64), PackingPart(), torch.device("cpu"))
    assert read["num_loss_tokens"] == batch.num_targets


def test_texts_are_not_cut_into_pieces(run: Path) -> None:
    read = read_step(str(run), 1)
    assert read["num_loss_tokens"] is None
    assert {span["pieces"] for row in read["rows"] for span in row["spans"]} == {None}


@given(st.lists(st.tuples(st.sampled_from(["a ", " b", "咖", "é", ""]), st.booleans()), min_size=1))
def test_pieces_joined_are_the_text_though_tokens_share_characters(
    made: list[tuple[str, bool]],
) -> None:
    """Ids are bytes here, so that pieces begin and end inside characters."""
    ids = [byte for text, _ in made for byte in text.encode()]
    has_loss = np.array([loss for text, loss in made for _ in text.encode()], dtype=bool)
    if not ids:
        return

    def decode(some: Sequence[int]) -> str:
        return bytes(some).decode("utf-8", "replace").strip()

    text = decode(ids)
    pieces = loss_pieces(ids, has_loss, decode, text)
    assert "".join(piece for piece, _ in pieces) == text
    cut = loss_pieces(ids, has_loss, decode, text[:3])
    assert "".join(piece for piece, _ in cut) == text[:3]
