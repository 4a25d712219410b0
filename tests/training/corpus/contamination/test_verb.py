"""The verb ``decontaminate``: what it writes, from which files, for any workers and shards."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.corpus.jobs import (
    documents_in,
    events_of,
    extract_texts,
    resharded,
    run_verb,
)
from training.errors import DataError, SpecError
from training.folder.artifact import load_manifest, write_artifact
from training.folder.layout import JobFolder

QUESTION = "Which river flows through the old town before it reaches the northern sea at last?"
ANSWER = "The long answer names the river and says why it flows north and not south as others do."
OTHER = "A quite different question about mountains, snow, rain and the people who live near them."
TEXTS = [
    "Nothing of the kind stands here, only a few words about the weather of last week.",
    f"Notes. {QUESTION.upper().replace(' ', chr(10), 5)} They asked it twice.",
    f"{QUESTION}\n{ANSWER}",
    OTHER,
]
ROWS: list[dict[str, Any]] = [
    {"task_id": "river/1", "question": QUESTION, "answer": ANSWER, "level": 3},
    {"task_id": "river/2", "question": "Is it so?", "answer": "yes", "level": 1},
]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extract_texts(tmp_path_factory.mktemp("documents"), TEXTS)


def jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def searched(folder: Path, documents: Path, *files: Path, **fields: Any) -> Path:
    inputs = [{"path": str(file)} for file in files]
    return run_verb("decontaminate", folder, documents=str(documents), inputs=inputs, **fields)


def hits_in(output: Path) -> list[dict[str, Any]]:
    return pq.read_table(output / "hits.parquet").to_pylist()


def told_of(output: Path, set_name: str) -> dict[str, Any]:
    return next(
        one for one in json.loads((output / "sets.json").read_text()) if one["set"] == set_name
    )


def test_hits_name_document_item_and_places(tmp_path: Path, documents: Path) -> None:
    output = searched(tmp_path / "job", documents, jsonl(tmp_path / "rivers.jsonl", ROWS))
    part, whole = hits_in(output)
    ids = [row["doc_id"].hex() for row in documents_in(documents)]
    assert (part["doc_id"], part["index"], part["set"], part["item_id"]) == (
        ids[1], 1, "rivers", "river/1",
    )  # fmt: skip
    (span,) = part["document_spans"]
    assert TEXTS[1][span["start"] : span["stop"]].split()[0] == "WHICH"
    assert TEXTS[1][span["start"] : span["stop"]].split()[-1] == "LAST"
    assert part["num_ngrams"] == 3
    assert whole["item_share"] == 1.0
    assert whole["document_share"] == 1.0
    assert told_of(output, "rivers") == {
        "set": "rivers", "items": 2, "searched": 1, "left_out": {"too_short": 1},
        "left_out_first": {"too_short": ["river/2"]},
        "contaminated": 1, "contaminated_half": 1, "contaminated_most": 1, "documents": 2,
    }  # fmt: skip
    items = pq.read_table(output / "items.parquet").to_pylist()
    assert [(one["item"], one["num_documents"], one["best_document"]) for one in items] == [
        ("river/1", 2, 2), ("river/2", 0, -1),
    ]  # fmt: skip
    counts = load_manifest(output).counts
    assert (counts["documents"], counts["contaminated_documents"], counts["hits"]) == (4, 2, 2)
    (warning,) = events_of(tmp_path / "job", "warning")
    assert warning["message"] == (
        "rivers: 1 of 2 items are too short to mean anything (least_words) and are left out."
    )


def test_every_format_of_rows_gives_the_same_hits(tmp_path: Path, documents: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    (tmp_path / "b.json").write_text(json.dumps(ROWS))
    with (tmp_path / "c.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ROWS[0])
        writer.writeheader()
        writer.writerows(ROWS)
    plain = jsonl(tmp_path / "plain.jsonl", ROWS)
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.write(plain, "sets/f.jsonl")
    names = ["a.parquet", "b.json", "c.csv", "d.jsonl.gz", "e.zip"]
    output = searched(tmp_path / "job", documents, *(tmp_path / name for name in names))
    sets = [one["set"] for one in json.loads((output / "sets.json").read_text())]
    assert sets == ["a", "b", "c", "d", "e.zip!/sets/f"]
    by_set = {name: [] for name in sets}
    for hit in hits_in(output):
        by_set[hit["set"]].append((hit["index"], hit["item_id"], hit["num_ngrams"]))
    assert len({tuple(hits) for hits in by_set.values()}) == 1
    assert len(by_set["a"]) == 2


def test_an_upload_is_read_as_its_files_are_named(tmp_path: Path, documents: Path) -> None:
    folder = tmp_path / "upload"
    data = jsonl(tmp_path / "rows", ROWS).read_bytes()
    with write_artifact(folder, "upload") as draft:
        (draft.path / "0").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        listed = [{"name": "quiz/rivers.jsonl", "file": "0", "sha256": digest}]
        (draft.path / "files.json").write_text(json.dumps(listed))
    output = run_verb(
        "decontaminate", tmp_path / "job", documents=str(documents), upload=str(folder)
    )
    assert {hit["set"] for hit in hits_in(output)} == {"quiz/rivers"}
    assert load_manifest(output).inputs["upload"]["id"] == load_manifest(folder).id


def test_a_search_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    texts = [f"{text} number {n}" for n in range(8) for text in TEXTS]
    many = resharded(extract_texts(tmp_path, texts), tmp_path / "many", 500)
    file = jsonl(tmp_path / "rivers.jsonl", ROWS)
    whole = searched(tmp_path / "whole", many, file, num_workers=1)
    job = tmp_path / "job"
    stop = JobFolder(job).stop
    stop.parent.mkdir(parents=True)
    stop.write_text('{"wanted": "stop"}')
    output = searched(job, many, file, num_workers=1)
    assert not output.exists()
    assert len(events_of(job, "stopped")) == 1
    stop.unlink()
    work = job / "work"
    assert work.is_dir()
    assert (searched(job, many, file, num_workers=1) / "hits.parquet").read_bytes() == (
        whole / "hits.parquet"
    ).read_bytes()
    assert not work.exists()


def test_workers_and_shards_change_nothing(tmp_path: Path) -> None:
    texts = [f"{text} number {n}" for n in range(8) for text in TEXTS]
    documents = extract_texts(tmp_path, texts)
    file = jsonl(tmp_path / "rivers.jsonl", ROWS)
    many = resharded(documents, tmp_path / "many", 500)
    one = searched(tmp_path / "one", documents, file, num_workers=1)
    two = searched(tmp_path / "two", many, file, num_workers=2)
    assert (one / "hits.parquet").read_bytes() == (two / "hits.parquet").read_bytes()
    for name in ("items.parquet", "sets.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_columns_can_be_named_and_nested_values_are_joined(tmp_path: Path, documents: Path) -> None:
    rows = [{"stuff": {"text": OTHER.split(", "), "label": ["A", "B"]}, "n": 7, "key": "k"}]
    file = jsonl(tmp_path / "set.jsonl", rows)
    output = searched(
        tmp_path / "job", documents, file, columns=["stuff", "n"], id_column="key", ngram_words=13
    )
    items = pq.read_table(output / "items.parquet").to_pylist()
    assert items[0]["text"] == "\n".join([*OTHER.split(", "), "7"])
    assert items[0]["item"] == "k"
    assert [hit["index"] for hit in hits_in(output)] == [3]


def test_items_of_one_name_are_told_apart_by_their_lines(tmp_path: Path, documents: Path) -> None:
    rows = [{"id": 5, "question": f"{QUESTION} {n}"} for n in range(2)]
    rows.append({"id": None, "question": OTHER})
    output = searched(tmp_path / "job", documents, jsonl(tmp_path / "s.jsonl", rows))
    assert pq.read_table(output / "items.parquet")["item"].to_pylist() == [
        "5 (line 1)", "5 (line 2)", "line 3",
    ]  # fmt: skip


def test_a_copy_of_an_item_counts_as_its_first(tmp_path: Path, documents: Path) -> None:
    rows = [{"question": QUESTION}, {"question": QUESTION.lower()}]
    output = searched(tmp_path / "job", documents, jsonl(tmp_path / "s.jsonl", rows))
    assert told_of(output, "s")["contaminated"] == 2
    assert {hit["item_id"] for hit in hits_in(output)} == {"line 1"}


def test_faulty_rows_are_left_out_with_their_lines(tmp_path: Path, documents: Path) -> None:
    file = tmp_path / "set.jsonl"
    good = json.dumps({"question": QUESTION}).encode()
    long = json.dumps({"question": "word " * 2_000_001}).encode()
    lines = [
        good,
        b"[1]",
        b'{"question": ""}',
        b"\xff\xfe\xfa",
        b'{"question": 4}',
        long,
        good[:-1],
    ]
    file.write_bytes(b"\n".join(lines))
    output = searched(tmp_path / "job", documents, file)
    (entry,) = json.loads((output / "files.json").read_text())
    told = {fault["line"]: fault["reason"] for fault in entry["faults"]}
    assert sorted(told) == [2, 3, 4, 5, 6, 7]
    assert told[2] == "the line is a list, not an object"
    assert told[3] == told[5] == "no text in the columns question"
    assert "10,000,005 characters; at most 1,000,000 are compared" in told[6]
    assert len(hits_in(output)) == 2


NO_USE = {
    "empty.jsonl": (b"", "is empty (0 bytes)"),
    "blank.jsonl": (b"\n\n", "holds nothing but blank lines"),
    "named.jsonl": (b'{"x": "y", "z": 1}\n', "has no column that is called as questions"),
    "lists.jsonl": (b'"text"\n1\n', "gave no item: 2 lines were left out, the first is line 1"),
    "wide.jsonl": (b"\x00\x01\x02\xff" * 500, "looks like UTF-16 (big endian) without"),
    "noise.jsonl": (bytes(range(128, 256)) * 9, "is not UTF-8 text: 100 % of its beginning"),
    "torn.parquet": (b"PAR1 no more", "is no whole Parquet file"),
    "cut.jsonl.gz": (gzip.compress(b'{"question": "a"}')[:-9], "is cut off: its gzip stream"),
    "prose.txt": (b"what?", "is of no known format of rows"),
    "array.jsonl": (b'[{"question": "x"}]', "begins with a JSON array; name it .json"),
    "deep.json": (b"[" * 5_000, "nests lists or objects too deeply"),
    "twin.jsonl": (json.dumps({"question": QUESTION}).encode(), "has the same bytes as"),
}


def test_files_of_no_use_are_refused_in_a_sentence_and_the_others_read(
    tmp_path: Path, documents: Path
) -> None:
    good = tmp_path / "good.jsonl"
    good.write_bytes(NO_USE["twin.jsonl"][0])
    for name, (data, _) in NO_USE.items():
        (tmp_path / name).write_bytes(data)
    output = searched(tmp_path / "job", documents, good, *(tmp_path / name for name in NO_USE))
    entries = {one["name"]: one for one in json.loads((output / "files.json").read_text())}
    for name, (_, reason) in NO_USE.items():
        assert reason in entries[name]["refused"], name
    assert len(hits_in(output)) == 2


@pytest.mark.parametrize(("rows", "reason"), [
    ([], "No file gave an item: set.jsonl is empty (0 bytes)"),
    ([{"question": "!!! ???"}], "None of 1 items can be looked for"),
    ([{"question": "Who is it?"}], "the longest has 3 words, and 8 are needed"),
])  # fmt: skip
def test_without_an_item_nothing_is_made(
    tmp_path: Path, documents: Path, rows: list[Any], reason: str
) -> None:
    with pytest.raises(DataError, match=r"^No(ne)? ") as caught:
        searched(tmp_path / "job", documents, jsonl(tmp_path / "set.jsonl", rows))
    assert reason in str(caught.value)
    assert not (tmp_path / "job" / "output").exists()


def test_a_column_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, documents: Path
) -> None:
    file = jsonl(tmp_path / "set.jsonl", ROWS)
    with pytest.raises(DataError, match="has no column 'quest'; it has 'task_id', 'question'"):
        searched(tmp_path / "job", documents, file, columns=["quest"])


def test_a_set_that_the_documents_were_made_of_is_told(tmp_path: Path) -> None:
    texts = [f"{QUESTION} {n}" for n in range(3)]
    documents = extract_texts(tmp_path, texts)
    searched(tmp_path / "job", documents, tmp_path / "texts.jsonl")
    (warning,) = events_of(tmp_path / "job", "warning")
    assert warning["message"].startswith("texts.jsonl: the documents were made of the same file")
    file = jsonl(tmp_path / "copied.jsonl", [{"question": text} for text in texts])
    searched(tmp_path / "other", documents, file)
    (warning,) = events_of(tmp_path / "other", "warning")
    assert "look like the set itself" in warning["message"]


def test_specs_that_cannot_be_are_refused() -> None:
    from training.specs.decontaminate import DecontaminateSpec

    for fields, reason in (
        ({}, "there is no evaluation set to look for"),
        ({"upload": "u", "ngram_words": 4}, "ngram_words"),
        ({"upload": "u", "ngram_words": 6, "least_words": 9}, "is more than a run has words"),
        ({"inputs": [{"path": "a"}, {"path": "a"}]}, "is named twice"),
    ):
        with pytest.raises(SpecError, match=reason):
            DecontaminateSpec.parse({"documents": "d", **fields})
