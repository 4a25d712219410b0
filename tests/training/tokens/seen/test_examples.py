"""Rows of a task set as texts: the steps that read a phrase, and what rows cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.corpus.jobs import run_verb
from tests.training.tasks.made import set_of, tokenizer
from training.folder.artifact import load_manifest
from training.folder.atomic import write_json
from training.tokenizers.load import load_tokenizer
from training.tokens.order import make_order, write_order
from training.tokens.reading import open_run
from training.tokens.seen.answer import phrase_seen
from training.tokens.store import TokenStore
from training.tokens.whole import WholeRows

LENGTH, BATCH, STEPS = 130, 2, 12


def row(number: int) -> dict[str, str]:
    question = f"What is {number} plus {number}?"
    answer = f"It is {2 * number}."
    if number % 5 == 3:
        answer += " The lighthouse\nkeeper said so" + " again and again" * (number // 20) * 12 + "."
        answer += " At the far end."
    return {"instruction": question, "output": answer}


@pytest.fixture(scope="module", params=["truncate", "drop"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder whose order has been read up to the seventh step."""
    home = tmp_path_factory.mktemp("tasks")
    tasks = set_of(home, [row(n) for n in range(60)])
    store = run_verb(
        "tokenize", home / "tokens", tasks=str(tasks), tokenizer=str(tokenizer()), num_threads=1,
        examples={"template": "chatml", "too_long": request.param},
    )  # fmt: skip
    folder = home / "run"
    folder.mkdir()
    spec = {"tokens": "../tokens/output", "batch_size": BATCH, "sequence_length": LENGTH}
    write_json(folder / "spec.json", {"verb": "train", "spec": spec})
    rows = WholeRows(TokenStore.open(store), "train", LENGTH)
    order = make_order(len(rows), STEPS * BATCH, 3)
    write_order(folder, order, num_rows=len(rows), seed=3, tokens=load_manifest(store).id)
    (folder / "checkpoints" / "step-00000007").mkdir(parents=True)
    return folder


def test_steps_are_those_whose_rows_decode_to_the_phrase(run: Path) -> None:
    (told,) = phrase_seen(run, "lighthouse keeper", limit=100)
    assert (told["kind"], told["reached"], told["trouble"]) == ("tasks", 7, "")
    opened = open_run(run)
    texts = {text["doc_id"]: text for text in told["texts"]}
    decode = load_tokenizer(opened.store.tokenizer_folder).decode
    read: dict[str, set[int]] = {doc_id: set() for doc_id in texts}
    for place, number in enumerate(opened.order.tolist()):
        for span in opened.rows.row(number):
            ids = opened.store.document_tokens(span.document)[: span.num_tokens].tolist()
            doc_id = opened.store.doc_id(span.document)
            if "lighthouse\nkeeper" in decode(ids, skip_special_tokens=False):
                read[doc_id].add(place // BATCH + 1)
    # The test split is not in the store, and its rows are not opened.
    assert 6 <= len(texts) < 12
    assert any(read.values())
    for doc_id, text in texts.items():
        assert set(text["steps"]) == {step for step in read[doc_id] if step <= 7}
        assert set(text["later_steps"]) == {step for step in read[doc_id] if step > 7}


def test_what_rows_cut_off_is_never_seen(run: Path) -> None:
    (told,) = phrase_seen(run, "At the far end", limit=100)
    opened = open_run(run)
    first, last = opened.store.documents("train")
    cut = [
        text
        for text in told["texts"]
        if (document := opened.store.find(text["doc_id"])) is not None
        and first <= document < last
        and len(opened.store.document_tokens(document)) > LENGTH + 1
    ]
    assert cut
    for text in cut:
        assert (text["answer"], text["hits"][0]["rows"]) == ("never", [])
        assert f"does not fit rows of {LENGTH} tokens" in text["why"]
