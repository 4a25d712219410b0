"""Task sets become token stores of two splits; the test rows are not even opened."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from tests.training.corpus.jobs import events_of, run_verb
from tests.training.tasks.made import chat, instruction, rows_in, set_of, tokenizer
from training.errors import DataError, SpecError
from training.folder.artifact import changed_files, load_manifest, write_artifact
from training.specs.tokenize import TokenizeSpec
from training.tokenizers.load import load_tokenizer
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore


def tokens_of(folder, tasks, name="tokens", **fields):
    fields = {"tokenizer": str(tokenizer()), **fields}
    return run_verb("tokenize", folder / name, tasks=str(tasks), num_threads=1, **fields)


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    return set_of(tmp_path_factory.mktemp("set"), [instruction(n) for n in range(100)])


def test_the_store_holds_training_and_validation_rows_only(tmp_path, tasks) -> None:
    output = tokens_of(tmp_path, tasks)
    store = TokenStore.open(output)
    assert set(store.info.splits) == {"train", "validation"}
    for split in ("train", "validation"):
        first, last = store.documents(split)
        ids = {store.doc_id(document) for document in range(first, last)}
        assert ids == {row["row_id"].hex() for row in rows_in(tasks, split)}
    assert all(store.find(row["row_id"].hex()) is None for row in rows_in(tasks, "test"))
    assert "test" not in (output / "store.json").read_text()
    assert "test" not in json.dumps(load_manifest(output).counts)
    assert changed_files(output) == []
    counts = load_manifest(output).counts
    assert counts["loss_tokens"] == int(np.asarray(store.loss_mask).sum()) > 0


def test_the_test_file_is_never_opened(tmp_path) -> None:
    """Garbage in its place changes no byte of the store, and no call opens it."""
    tasks = set_of(tmp_path, [instruction(n) for n in range(60)])
    before = tokens_of(tmp_path, tasks, "before")
    path = tasks / "test.parquet"
    path.write_bytes(b"\0" * path.stat().st_size)
    opened: list[str] = []
    sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
    after = tokens_of(tmp_path, tasks, "after")
    assert any(name.endswith("manifest.json") for name in opened)
    assert not [name for name in opened if name.endswith("test.parquet")]
    for name in ("tokens.bin", "loss_mask.bin", "offsets.bin", "doc_ids.bin", "store.json"):
        assert (before / name).read_bytes() == (after / name).read_bytes()


def test_what_is_trained_on_is_the_answers(tmp_path, tasks) -> None:
    store = TokenStore.open(tokens_of(tmp_path, tasks))
    rows = rows_of_split(store, "train", 96)
    tokens, _ = rows.gather(np.arange(len(rows)))
    mask = rows.loss_mask(np.arange(len(rows)))
    text = load_tokenizer(store.tokenizer_folder).decode(
        tokens[mask].tolist(), skip_special_tokens=False
    )
    answers = sorted(row["output"] for row in rows_in(tasks, "train"))
    assert sorted(text.removesuffix("<|im_end|>").split("<|im_end|>")) == answers


def test_the_template_goes_with_the_tokenizer(tmp_path, tasks) -> None:
    from transformers import AutoTokenizer

    output = tokens_of(tmp_path, tasks, examples={"template": "alpaca"})
    theirs = AutoTokenizer.from_pretrained(output / "tokenizer")
    asked = theirs.apply_chat_template(
        [{"role": "user", "content": "Add."}], tokenize=False, add_generation_prompt=True
    )
    assert asked.endswith("### Instruction:\nAdd.\n\n### Response:\n")


def test_a_model_lends_its_tokenizer(tmp_path, tasks) -> None:
    import shutil

    with write_artifact(tmp_path / "model", "model") as draft:
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(tokenizer() / name, draft.path / name)
        (draft.path / "config.json").write_text("{}")
        (draft.path / "model.safetensors").write_bytes(b"weights")
    output = tokens_of(tmp_path, tasks, tokenizer="", model=str(tmp_path / "model"))
    assert set(load_manifest(output).inputs) == {"tasks", "model"}
    names = {path.name for path in (output / "tokenizer").iterdir()}
    assert names == {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja"}
    assert (output / "tokens.bin").read_bytes() == (
        tokens_of(tmp_path, tasks, "other") / "tokens.bin"
    ).read_bytes()


def test_rows_that_cannot_be_written_are_counted_and_the_first_named(tmp_path) -> None:
    good = [chat(("user", f"q{n}"), ("assistant", "a")) for n in range(40)]
    bad = [chat(("user", f"<|im_start|> {n}"), ("assistant", "a")) for n in range(20)]
    tasks = set_of(
        tmp_path, [*good, *bad, chat(("user", "alone"))], splits={"test": 0, "validation": 0}
    )
    output = tokens_of(tmp_path, tasks)
    messages = [event["message"] for event in events_of(tmp_path / "tokens", "warning")]
    assert any(
        "20 rows were left out: its text holds the special token <|im_start|>" in m
        and "rows.jsonl line 41" in m
        for m in messages
    )
    assert load_manifest(output).counts["left_out"] == 21


def test_nothing_left_to_train_on_is_said(tmp_path) -> None:
    tasks = set_of(tmp_path, [chat(("user", f"q{n}")) for n in range(9)])
    with pytest.raises(DataError, match="No training example is left"):
        tokens_of(tmp_path, tasks)
    assert not (tmp_path / "tokens" / "output").exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"tokenizer": "t"}, "corpus: exactly one of corpus and tasks is needed; got neither"),
        ({"corpus": "c", "tasks": "s", "tokenizer": "t"}, "got both corpus and tasks"),
        ({"tasks": "s"}, "tokenizer: exactly one of tokenizer and model is needed"),
        ({"tasks": "s", "model": "m", "examples": {"template": "x"}}, "is none of the choices"),
    ],
)
def test_a_spec_names_one_text_and_one_tokenizer(fields, sentence) -> None:
    with pytest.raises(SpecError, match=sentence):
        TokenizeSpec.parse(fields)
