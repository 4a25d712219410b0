"""Items of evaluation sets cut out of documents: the verbs one after another."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.jobs import documents_in, extract_texts, resharded, run_verb
from training.corpus.transforms.cut_contamination import _apart
from training.errors import DataError, SpecError
from training.folder.artifact import load_manifest
from training.specs.transform import TransformSpec

ITEM = " ".join(f"wört{n}" for n in range(20))
PART = " ".join(ITEM.split()[:15])
OTHER = " ".join(f"wört{n}" for n in range(10, 30))
TEXTS = [
    "Nothing of it stands here.",
    f"🙂 Before it: “{ITEM.upper()}”. The answer is seven, of course.\nThe next line.",
    f"{ITEM} {' '.join(OTHER.split()[10:])}",
    f"One {PART} and two {OTHER} and three.",
]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extract_texts(tmp_path_factory.mktemp("documents"), TEXTS)


def searched(folder: Path, documents: Path) -> Path:
    folder.mkdir(parents=True)
    rows = [{"id": "a", "question": ITEM}, {"id": "b", "question": OTHER}]
    (folder / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    inputs = [{"path": str(folder / "set.jsonl")}]
    return run_verb("decontaminate", folder / "job", documents=str(documents), inputs=inputs)


@pytest.fixture(scope="module")
def search(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return searched(tmp_path_factory.mktemp("search") / "s", documents)


def edited(folder: Path, documents: Path, search: Path, **options: Any) -> Path:
    shortest = options.pop("min_characters", 1)
    return run_verb(
        "transform", folder, documents=str(documents), contamination=str(search),
        cut_contamination={"is_on": True, **options}, min_characters=shortest,
    )  # fmt: skip


def texts_of(output: Path) -> list[str]:
    return [row["text"] for row in documents_in(output)]


def test_runs_are_cut_from_word_border_to_word_border(
    tmp_path: Path, documents: Path, search: Path
) -> None:
    output = edited(tmp_path / "job", documents, search)
    assert texts_of(output) == [
        TEXTS[0],
        "🙂 Before it: “”. The answer is seven, of course.\nThe next line.",
        "One and two and three.",
    ]
    before = {row["text"]: row["doc_id"] for row in documents_in(documents)}
    assert documents_in(output)[1]["doc_id"] == before[TEXTS[1]]
    told = json.loads((output / "edits.json").read_text())
    assert told["left_out"]["documents"] == 1
    (row,) = told["transforms"]
    assert (row["documents"], row["edits"]) == (3, 4)
    assert load_manifest(output).inputs["contamination"]["id"] == load_manifest(search).id
    again = searched(tmp_path / "again", output)
    assert load_manifest(again).counts["hits"] == 0


def test_an_item_is_cut_wherever_it_stands_however_often(tmp_path: Path) -> None:
    text = " ".join(f"No {n}: {ITEM}." for n in range(1_100))
    documents = extract_texts(tmp_path / "documents", [text])
    output = edited(tmp_path / "job", documents, searched(tmp_path / "search", documents))
    assert "wört" not in texts_of(output)[0]


def test_words_around_go_too_and_what_is_left_must_be_long_enough(
    tmp_path: Path, documents: Path, search: Path
) -> None:
    wide = edited(tmp_path / "wide", documents, search, around_words=5)
    assert texts_of(wide)[1:] == ["🙂 course.\nThe next line.", "."]
    long = edited(tmp_path / "long", documents, search, min_characters=25)
    assert [text[:7] for text in texts_of(long)] == ["Nothing", "🙂 Befor"]


def test_small_quotations_can_be_spared(tmp_path: Path, documents: Path, search: Path) -> None:
    output = edited(tmp_path / "job", documents, search, item_share=0.9)
    assert texts_of(output)[-1] == f"One {PART} and two and three."


def test_a_search_through_other_documents_is_refused(
    tmp_path: Path, documents: Path, search: Path
) -> None:
    other = resharded(documents, tmp_path / "many", 200)
    with pytest.raises(DataError, match="searched in other documents"):
        edited(tmp_path / "job", other, search)
    mine = edited(tmp_path / "mine", other, searched(tmp_path / "s", other))
    assert texts_of(mine) == texts_of(edited(tmp_path / "whole", documents, search))


def test_without_a_search_nothing_can_be_cut() -> None:
    with pytest.raises(SpecError, match="is needed to cut out items") as caught:
        TransformSpec.parse({"documents": "x", "cut_contamination": {"is_on": True}})
    assert caught.value.problems[0].fix == (("cut_contamination.is_on", False),)


@given(st.lists(st.tuples(*(st.integers(0, 6),) * 3), max_size=12))
@settings(max_examples=200, deadline=None)
def test_places_that_overlap_become_one(found: list[tuple[int, int, int]]) -> None:
    spans = sorted((document, start, start + size + 1) for document, start, size in found)
    apart = _apart(np.array(spans, dtype=np.int64).reshape(-1, 3)).tolist()
    covered = {(d, n) for d, start, stop in spans for n in range(start, stop)}
    assert {(d, n) for d, start, stop in apart for n in range(start, stop)} == covered
    assert apart == sorted(apart)
    for one, following in itertools.pairwise(apart):
        assert one[0] < following[0] or one[2] < following[1]
