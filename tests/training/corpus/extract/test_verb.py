"""Files go in, documents come out: in stated order, with stable ids, all or nothing."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.corpus.jobs import documents_in, events_of, run_verb
from training.corpus.documents import Documents, document_id
from training.errors import DataError, SpecError
from training.folder.artifact import changed_files, load_manifest, write_artifact
from training.folder.layout import JobFolder


def write(folder: Path, **files: bytes) -> list[dict[str, str]]:
    """Write files named like a__txt=...; returns the spec's inputs."""
    inputs = []
    for name, data in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(data)
        inputs.append({"path": f"../{path.name}"})
    return inputs


def test_documents_carry_id_source_language_origin_and_meta(tmp_path):
    inputs = write(tmp_path, a__txt=b"alpha\n", b__jsonl=b'{"text": "beta", "k": 1}\n')
    inputs[0] |= {"source": "books", "language": "en", "licence": "CC0"}
    output = run_verb("extract", tmp_path / "job", inputs=inputs)
    first, second = documents_in(output)
    assert (first["text"], first["source"], first["language"]) == ("alpha", "books", "en")
    assert first["origin"] == {
        "file": "a.txt",
        "page": None,
        "line": 1,
        "offset": 0,
        "member": "",
    }
    assert (second["text"], second["source"], second["meta"]) == ("beta", "b", '{"k": 1}')
    digest = hashlib.sha256(b"alpha\n").hexdigest()
    assert first["doc_id"] == document_id(digest, "file", 0)
    assert len(first["doc_id"]) == 16
    assert json.loads((output / "files.json").read_text())[0]["licence"] == "CC0"


def test_the_artifact_is_whole_and_counts_what_it_holds(tmp_path):
    inputs = write(tmp_path, a__txt=b"x\n\ny\n", b__txt=b"", c__jsonl=b'{"text":"z"}\n{"t":1}\n')
    output = run_verb("extract", tmp_path / "job", inputs=inputs, split="paragraphs")
    manifest = load_manifest(output)
    assert manifest.counts == {
        "documents": 3,
        "text_bytes": 3,
        "shards": 1,
        "files": 3,
        "files_refused": 1,
        "faults": 1,
    }
    assert changed_files(output) == []
    assert Documents.open(output).num_documents == 3
    warnings = events_of(tmp_path / "job", "warning")
    assert [event["message"] for event in warnings] == [
        "b.txt is empty (0 bytes).",
        "c.jsonl: 1 line was left out, line 2: the row has no field 'text'.",
    ]


def test_when_nothing_is_left_one_sentence_says_why_and_nothing_is_written(tmp_path):
    inputs = write(tmp_path, a__txt=b"", b__txt=b"\x89PNG\r\n\x1a\n" + b"\0" * 99)
    with pytest.raises(DataError, match=r"None of the 2 files gave a document: a.txt is empty"):
        run_verb("extract", tmp_path / "job", inputs=inputs)
    assert not list((tmp_path / "job").glob("output*"))


def test_missing_files_are_all_named_by_field(tmp_path):
    inputs = [{"path": "../none.txt"}, {"path": "../empty"}]
    (tmp_path / "empty").mkdir()
    with pytest.raises(SpecError) as caught:
        run_verb("extract", tmp_path / "job", inputs=inputs)
    assert [problem.field for problem in caught.value.problems] == [
        "inputs.0.path",
        "inputs.1.path",
    ]


def test_an_unknown_ending_and_a_twin_are_refused_and_the_rest_is_kept(tmp_path):
    inputs = write(tmp_path, a__txt=b"same text", b__txt=b"same text", c__exe=b"MZ")
    output = run_verb("extract", tmp_path / "job", inputs=inputs)
    refused = {
        entry["name"]: entry["refused"] for entry in json.loads((output / "files.json").read_text())
    }
    assert refused["b.txt"] == "has the same bytes as a.txt"
    assert refused["c.exe"].startswith("is of no known format; accepted: .txt, .text, .md,")
    assert len(documents_in(output)) == 1


def test_a_twin_under_a_name_that_nobody_reads_takes_nothing_away(tmp_path):
    inputs = write(tmp_path, a__odd=b"same text", b__txt=b"same text")
    output = run_verb("extract", tmp_path / "job", inputs=inputs)
    assert len(documents_in(output)) == 1


def test_the_number_of_workers_changes_nothing(tmp_path):
    files = {f"f{n}__jsonl": b'{"text": "%d"}\n' % n * (n + 1) for n in range(6)}
    inputs = write(tmp_path, **files)
    outputs = [
        run_verb("extract", tmp_path / f"job{workers}", inputs=inputs, num_workers=workers)
        for workers in (1, 3)
    ]
    shards = [[path.read_bytes() for path in sorted(o.glob("shard-*"))] for o in outputs]
    assert shards[0] == shards[1]


def test_another_split_gives_other_ids(tmp_path):
    inputs = write(tmp_path, a__txt=b"one\ntwo\n")
    ids = [
        {
            row["doc_id"]
            for row in documents_in(
                run_verb("extract", tmp_path / split, inputs=inputs, split=split)
            )
        }
        for split in ("file", "lines", "paragraphs")
    ]
    assert len(set.union(*ids)) == 4


def upload(folder: Path, entries: list[dict[str, str]], files: dict[str, bytes]) -> None:
    with write_artifact(folder, "upload") as draft:
        for name, data in files.items():
            (draft.path / name).write_bytes(data)
        (draft.path / "files.json").write_text(json.dumps(entries))


def test_an_upload_is_read_under_its_original_names(tmp_path):
    data = b"uploaded text\n"
    entry = {"name": "My Notes.TXT", "file": "0001", "sha256": hashlib.sha256(data).hexdigest()}
    upload(tmp_path / "up", [entry], {"0001": data})
    output = run_verb("extract", tmp_path / "job", upload="../up", source="team", language="en")
    row = documents_in(output)[0]
    assert (row["text"], row["source"], row["origin"]["file"]) == (
        "uploaded text",
        "team",
        "My Notes.TXT",
    )
    assert load_manifest(output).inputs["upload"]["kind"] == "upload"


def test_an_upload_that_changed_since_is_refused(tmp_path):
    entry = {"name": "a.txt", "file": "0001", "sha256": "0" * 64}
    upload(tmp_path / "up", [entry], {"0001": b"other"})
    with pytest.raises(DataError, match=r"'a.txt' is missing or not what was uploaded"):
        run_verb("extract", tmp_path / "job", upload="../up")


def test_a_stored_name_cannot_lead_out_of_the_upload(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    digest = hashlib.sha256(b"secret").hexdigest()
    upload(tmp_path / "up", [{"name": "a.txt", "file": "../secret", "sha256": digest}], {})
    with pytest.raises(DataError, match="missing"):
        run_verb("extract", tmp_path / "job", upload="../up")


def test_a_stop_leaves_no_output_and_an_event(tmp_path):
    inputs = write(tmp_path, a__jsonl=b'{"text": "x"}\n' * 200_000)
    folder = JobFolder(tmp_path / "job")
    folder.stop.parent.mkdir(parents=True)
    folder.stop.write_text('{"wanted": "stop"}')
    run_verb("extract", tmp_path / "job", inputs=inputs)
    assert len(events_of(tmp_path / "job", "stopped")) == 1
    assert not list((tmp_path / "job").glob("output*"))


def test_shards_are_cut_and_read_back_in_order(tmp_path):
    from training.corpus.documents import DocumentWriter

    inputs = write(tmp_path, a__txt=b"\n".join(b"line %d" % n for n in range(2_000)))
    output = run_verb("extract", tmp_path / "job", inputs=inputs, split="lines")
    batches = list(
        Documents.open(output).batches(
            columns=("doc_id", "text", "source", "language", "origin", "meta"), batch_rows=100
        )
    )
    folder = tmp_path / "small"
    with write_artifact(folder, "documents") as draft, DocumentWriter(draft.path, 10_000) as writer:
        for batch in batches:
            writer.write(batch)
    small = Documents.open(folder)
    assert writer.num_shards > 5
    texts = [text for batch in small.batches() for text in batch.column("text").to_pylist()]
    assert texts == [f"line {n}" for n in range(2_000)]
    picked = small.rows([0, 777, 1_999], ["text"])
    assert [row["text"] for row in picked] == ["line 0", "line 777", "line 1999"]


@pytest.mark.slow
def test_200_mb_of_json_lines_stay_within_a_bounded_memory(tmp_path):
    row = json.dumps({"text": "a sentence of plain English words, " * 30}).encode() + b"\n"
    with (tmp_path / "big.jsonl").open("wb") as file:
        for _ in range(200_000_000 // (len(row) * 100) + 1):
            file.write(row * 100)
    (tmp_path / "spec.yaml").write_text("inputs: [{path: big.jsonl}]\n")
    script = (
        "import resource, sys\n"
        "from training.cli import main\n"
        f"code = main(['extract', '{tmp_path}/spec.yaml', '--out', '{tmp_path}/job'])\n"
        "children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300
    )
    own_kilobytes, child_kilobytes = map(int, done.stdout.split())
    assert own_kilobytes < 400_000
    assert child_kilobytes < 300_000


def test_texts_are_stored_plain_and_columns_of_few_values_as_dictionaries(tmp_path):
    """A dictionary of texts, which are all different, would halve the speed of every reading."""
    inputs = write(tmp_path, a__txt=b"alpha\n\nbeta\n")
    output = run_verb("extract", tmp_path / "job", inputs=inputs, split="paragraphs")
    group = pq.read_metadata(next(output.glob("shard-*.parquet"))).row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    dictionaries = {
        column.path_in_schema for column in columns if "RLE_DICTIONARY" in column.encodings
    }
    assert dictionaries == {"source", "language", "origin.file", "origin.member"}
