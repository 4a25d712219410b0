"""Cleaning leaves a bitmap over documents, a funnel that counts rightly, and no copy of a text."""

from __future__ import annotations

import json
import shutil
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
from training.corpus.corpus import Corpus
from training.corpus.funnel import apply_rules
from training.corpus.signals.table import SignalTable
from training.errors import DataError
from training.folder.artifact import changed_files, load_manifest, write_artifact
from training.folder.layout import JobFolder
from training.registry import SIGNALS
from training.specs.rules import RulesPart, WordCountRule

PROSE = "The {} of the house was not at home when we came to it on that day in {}. "
TEXTS = [
    *(PROSE.format(f"owner{n}", f"month{n}") * 1 + PROSE.format(n, n + 1) for n in range(40)),
    "too short",
    *(PROSE.format(f"owner{n}", f"month{n}") * 1 + PROSE.format(n, n + 1) for n in range(5)),
]
RULES = {"word_count": {"at_least": 20}, "repeated_5grams": {"is_on": False}}


@pytest.fixture
def documents(tmp_path):
    return extract_texts(tmp_path, TEXTS)


def clean(tmp_path: Path, **fields) -> Path:
    return run_verb("clean", tmp_path / "clean", documents="../extract/output", **fields)


def test_the_funnels_numbers_are_the_rows_kept(tmp_path, documents):
    output = clean(tmp_path, rules=RULES)
    funnel = json.loads((output / "funnel.json").read_text())
    bits = np.unpackbits(np.fromfile(output / "kept.bitmap", dtype=np.uint8), bitorder="little")
    texts = [row["text"] for row in documents_in(documents)]
    kept = [text for text, bit in zip(texts, bits, strict=False) if bit]
    assert funnel["kept"] == {
        "documents": len(kept),
        "bytes": sum(len(text.encode()) for text in kept),
        "tokens": None,
    }
    dropped = {rule["rule"]: rule["dropped"]["documents"] for rule in funnel["rules"]}
    assert {name: number for name, number in dropped.items() if number} == {
        "word_count": 1,
        "exact_duplicates": 5,
    }
    assert list(Corpus.open(output).texts()) == kept
    assert load_manifest(output).counts["kept_documents"] == len(kept) == 40


def test_signals_stand_beside_the_documents_one_column_each(tmp_path, documents):
    output = clean(tmp_path, rules=RULES)
    ids = b"".join(row["doc_id"] for row in documents_in(documents))
    columns = {path.stem: np.load(path) for path in (output / "signals").glob("*.npy")}
    assert columns["doc_id"].astype(">u8").tobytes() == ids
    assert set(SIGNALS) | {"doc_id", "source"} == set(columns)
    assert columns["word_count"].tolist()[40:41] == [2]
    assert {len(column) for column in columns.values()} == {len(TEXTS)}


def test_no_text_is_copied_unless_the_spec_says_so(tmp_path, documents):
    output = clean(tmp_path, rules=RULES, text_files=False)
    for path in output.rglob("*"):
        if path.is_file() and path.name != "funnel.json":
            assert b"owner7" not in path.read_bytes()
    assert changed_files(output) == []


def test_examples_show_value_threshold_and_the_opening_of_the_text(tmp_path, documents):
    output = clean(tmp_path, rules=RULES)
    example = json.loads((output / "funnel.json").read_text())["rules"][0]["examples"][0]
    assert example["excerpt"] == "too short"
    assert example["reason"] == "2 words, fewer than 20"


def test_other_thresholds_need_the_signals_only(tmp_path, documents):
    output = clean(tmp_path, rules=RULES)
    shutil.rmtree(documents)
    table = SignalTable.read(output)
    funnel = apply_rules(table, RulesPart(word_count=WordCountRule(at_least=10_000)))
    assert funnel.rules[0].dropped.documents == len(TEXTS)


def test_shards_and_workers_change_nothing(tmp_path, documents):
    resharded(documents, tmp_path / "many", 1_000)
    assert len(list((tmp_path / "many").glob("shard-*"))) > 3
    funnels = []
    for name, source, workers in (
        ("one", "../extract/output", 1),
        ("many1", "../many", 1),
        ("many4", "../many", 4),
    ):
        output = run_verb(
            "clean", tmp_path / name, documents=source, rules=RULES, num_workers=workers
        )
        funnels.append(
            ((output / "funnel.json").read_text(), (output / "kept.bitmap").read_bytes())
        )
    assert funnels[0] == funnels[1] == funnels[2]


def test_when_the_rules_keep_nothing_the_sentence_says_which_drop_what(tmp_path, documents):
    with pytest.raises(DataError, match=r"keep none of the 46.*word_count drops 46.*fewer than"):
        clean(tmp_path, rules={"word_count": {"at_least": 5_000}})
    assert not list((tmp_path / "clean").glob("output*"))


def test_the_corpus_moves_with_its_home_and_refuses_other_documents(tmp_path, documents):
    clean(tmp_path, rules=RULES)
    home = tmp_path / "moved"
    home.mkdir()
    for name in ("extract", "clean"):
        shutil.move(tmp_path / name, home / name)
    assert Corpus.open(home / "clean" / "output").info.num_kept == 40
    shutil.rmtree(home / "extract")
    with pytest.raises(DataError, match="documents of the corpus clean are gone"):
        Corpus.open(home / "clean" / "output")
    extract_texts(home, ["another text"])
    with pytest.raises(DataError, match="replaced by others"):
        Corpus.open(home / "clean" / "output")


def test_progress_reaches_the_number_of_documents(tmp_path, documents):
    clean(tmp_path, rules=RULES)
    last = events_of(tmp_path / "clean", "progress")[-1]
    assert (last["done"], last["total"], last["unit"]) == (len(TEXTS), len(TEXTS), "documents")
    # Each stage says what is left of it.
    assert last["eta_seconds"] == 0.0
    stages = {event["stage"] for event in events_of(tmp_path / "clean", "progress")}
    assert "signals" in stages
    assert any(stage.startswith("texts-") for stage in stages)


def test_a_stop_leaves_no_output(tmp_path, documents):
    folder = JobFolder(tmp_path / "clean")
    folder.stop.parent.mkdir(parents=True)
    folder.stop.write_text("{}")
    clean(tmp_path, rules=RULES)
    assert len(events_of(tmp_path / "clean", "stopped")) == 1
    assert not list((tmp_path / "clean").glob("output*"))


def test_documents_of_another_kind_are_refused(tmp_path):
    with write_artifact(tmp_path / "extract" / "output", "upload"):
        pass
    with pytest.raises(DataError, match="is of the kind upload where documents is needed"):
        clean(tmp_path)
