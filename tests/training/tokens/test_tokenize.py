"""The token store holds every kept document's ids once, in splits that are token ranges."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.corpus.jobs import (
    documents_in,
    events_of,
    extract_texts,
    resharded,
    run_verb,
)
from tests.training.tokenizers.reference import ReferenceTokenizer
from training.errors import DataError
from training.folder.artifact import changed_files, load_manifest
from training.folder.layout import JobFolder
from training.registry import RULE_PRESETS
from training.tokenizers.encoders import Choice, Library, LibraryEncoder
from training.tokenizers.load import load_tokenizer
from training.tokens import encoded
from training.tokens import tokenize as tokenize_verb
from training.tokens.store import TokenStore

TEXTS = [f"The owner of house {n} was not at home <|endoftext|> twice.\n" * 2 for n in range(300)]
RULES = {**RULE_PRESETS["off"].load().model_dump(mode="json"), "exact_duplicates": {"is_on": True}}


def prepare(folder: Path, texts: list[str], vocab_size: int = 290) -> Path:
    """Extract, clean and train a tokenizer below ``folder``."""
    extract_texts(folder, texts)
    run_verb("clean", folder / "clean", documents="../extract/output", rules=RULES)
    run_verb("tokenizer", folder / "tok", corpus="../clean/output", vocab_size=vocab_size)
    return folder


def tokenize(home: Path, name: str, **fields) -> Path:
    return run_verb(
        "tokenize",
        home / name,
        corpus="../clean/output",
        tokenizer="../tok/output",
        num_threads=1,
        **fields,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    # Some texts twice: what cleaning drops must not come through.
    return prepare(tmp_path_factory.mktemp("home"), [*TEXTS, *TEXTS[:30]])


@pytest.mark.parametrize("method", ["hash", "last"])
def test_each_kept_document_is_there_once_with_the_reference_ids(home, method):
    output = tokenize(home, method, validation={"method": method, "fraction": 0.1})
    store = TokenStore.open(output)
    reference = ReferenceTokenizer(home / "tok/output/tokenizer.json")
    rows = {row["doc_id"].hex(): row["text"] for row in documents_in(home / "extract/output")}
    assert store.info.num_documents == 300
    ids = [store.doc_id(index) for index in range(300)]
    assert len(set(ids)) == 300
    for index in range(0, 300, 7):
        expected = [*reference.encode(rows[ids[index]]), store.info.eos_id]
        assert store.document_tokens(index).tolist() == expected
        assert store.source(index) == "texts"
    # End of text stands at the end of documents and nowhere else.
    assert np.flatnonzero(store.tokens == 0).tolist() == (store.offsets[1:] - 1).tolist()


def test_splits_are_disjoint_and_cover_everything(home):
    store = TokenStore.open(tokenize(home, "split", validation={"fraction": 0.2}))
    first, last = store.documents("train"), store.documents("validation")
    assert (first[0], first[1], last[1]) == (0, last[0], 300)
    assert store.num_tokens("train") + store.num_tokens("validation") == store.info.num_tokens
    assert 30 < last[1] - last[0] < 90


def test_by_hash_a_document_stays_held_out_when_the_corpus_changes(home, tmp_path):
    def held_out(root: Path) -> set[str]:
        store = TokenStore.open(tokenize(root, "held", validation={"fraction": 0.2}))
        return {store.doc_id(index) for index in range(*store.documents("validation"))}

    all_held = held_out(home)
    other = home.parent / f"{home.name}-other"
    prepare(other, [*TEXTS, *TEXTS[:30]])
    # The same file, other rules: fewer documents.
    rules = {**RULES, "word_count": {"is_on": True, "at_least": 1, "at_most": 26}}
    run_verb("clean", other / "clean", documents="../extract/output", rules=rules)
    fewer = held_out(other)
    kept = {row.hex() for row in _kept_ids(other)}
    assert fewer == all_held & kept


def _kept_ids(home: Path) -> list[bytes]:
    from training.corpus.corpus import Corpus

    corpus = Corpus.open(home / "clean/output")
    return [i for batch in corpus.batches(("doc_id",)) for i in batch.column("doc_id").to_pylist()]


def test_by_last_the_end_of_the_corpus_is_held_out(home):
    store = TokenStore.open(tokenize(home, "end", validation={"method": "last", "fraction": 0.25}))
    share = store.num_tokens("validation") / store.info.num_tokens
    assert share == pytest.approx(0.25, abs=0.01)
    order = [store.doc_id(index) for index in range(300)]
    assert order == [row.hex() for row in _kept_ids(home)]


def test_by_cut_the_last_tokens_are_held_out_exactly(tmp_path):
    text = "\n\n".join(TEXTS)
    home = prepare(tmp_path, [text], vocab_size=257)
    store = TokenStore.open(tokenize(home, "cut", validation={"method": "cut", "fraction": 0.1}))
    data = text.encode()
    tokenizer = load_tokenizer(store.tokenizer_folder)
    assert store.info.num_documents == 2
    assert store.num_tokens("train") == round(0.9 * (len(data) + 1))
    parts = [store.document_tokens(index).tolist() for index in (0, 1)]
    assert parts[1][-1] == 0
    assert tokenizer.decode([*parts[0], *parts[1][:-1]]) == text
    assert store.doc_id(0) == store.doc_id(1)
    assert [store.source(0), store.source(1)] == ["texts", "texts"]


def test_one_document_cannot_be_held_out_whole(tmp_path):
    home = prepare(tmp_path, ["all there is, all there is, all there is"], vocab_size=257)
    for method in ("hash", "last"):
        with pytest.raises(DataError, match=r"keeps 1 document.*Set validation.method to cut"):
            tokenize(home, method, validation={"method": method})
        assert not list((home / method).glob("output*"))


def test_a_share_of_less_than_one_document_holds_one_out_and_says_so(tmp_path):
    home = prepare(tmp_path, TEXTS[:3], vocab_size=257)
    store = TokenStore.open(tokenize(home, "tiny", validation={"fraction": 1e-9}))
    assert store.documents("validation") == (2, 3)
    assert "one document is held out" in events_of(home / "tiny", "warning")[0]["message"]


def test_holding_out_everything_is_refused(tmp_path):
    home = prepare(tmp_path, TEXTS[:3], vocab_size=257)
    with pytest.raises(DataError, match=r"leaves none to train on.*Lower validation.fraction"):
        tokenize(home, "all", validation={"fraction": 0.999999999})


def test_the_store_is_whole_and_needs_no_other_folder(home):
    output = tokenize(home, "whole")
    manifest = load_manifest(output)
    assert changed_files(output) == []
    assert {"tokenizer/tokenizer.json", "tokens.bin", "store.json"} <= set(manifest.files)
    assert TokenStore.open(output).info.tokenizer == load_manifest(home / "tok/output").id
    counts = manifest.counts
    assert counts["train_tokens"] + counts["validation_tokens"] == counts["tokens"]
    assert counts["train_documents"] + counts["validation_documents"] == counts["documents"] == 300


def test_the_number_of_threads_changes_nothing(home):
    one = tokenize(home, "threads1")
    two = run_verb(
        "tokenize",
        home / "threads2",
        corpus="../clean/output",
        tokenizer="../tok/output",
        num_threads=2,
    )
    for name in ("tokens.bin", "offsets.bin", "doc_ids.bin", "sources.bin", "store.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_a_stop_leaves_no_output(home):
    folder = JobFolder(home / "stopped")
    folder.stop.parent.mkdir(parents=True)
    folder.stop.write_text(json.dumps({"wanted": "stop"}))
    tokenize(home, "stopped")
    assert len(events_of(home / "stopped", "stopped")) == 1
    assert not list((home / "stopped").glob("output*"))


def test_the_store_is_the_same_for_any_number_of_processes_and_either_library(
    home, tmp_path_factory, monkeypatch
):
    """Several row groups; one of the documents is longer than a batch."""
    place = tmp_path_factory.mktemp("many")
    extract_texts(place, [f"text {n} of 12 猫坐在垫子上\n" * 40 for n in range(400)])
    resharded(place / "extract/output", place / "cut/output", 100_000)
    assert len(list((place / "cut/output").glob("shard-*"))) > 3
    run_verb("clean", place / "clean", documents="../cut/output", rules=RULES)
    monkeypatch.setattr(encoded, "_BYTES_PER_WORKER", 1)
    files = {}
    for name, workers in (("one", 1), ("three", 3)):
        output = run_verb(
            "tokenize",
            place / name,
            corpus="../clean/output",
            tokenizer=str(home / "tok/output"),
            num_threads=workers,
        )
        files[name] = store_bytes(output)
        assert load_manifest(output).counts["encoder"] == "trainyard"
        (note,) = events_of(place / name, "note")
        assert "own byte-level BPE" in note["message"]
        assert not (place / name / "work").exists()
    monkeypatch.setattr(tokenize_verb, "choose_encoder", by_tokenizers)
    output = run_verb(
        "tokenize",
        place / "plain",
        corpus="../clean/output",
        tokenizer=str(home / "tok/output"),
        num_threads=1,
    )
    assert load_manifest(output).counts["encoder"] == "tokenizers"
    assert files["one"] == files["three"] == store_bytes(output)


def by_tokenizers(tokenizer, _sample):
    return Choice(LibraryEncoder(tokenizer), Library.TOKENIZERS, "the test says so")


def store_bytes(output: Path) -> dict[str, bytes]:
    names = ("tokens.bin", "offsets.bin", "doc_ids.bin", "sources.bin")
    found = {name: (output / name).read_bytes() for name in names if (output / name).exists()}
    assert len(found) >= 3
    return found
