"""Good files among hostile ones are read, whatever the others do (which: tests/hostile).

Those here are hostile beyond that corpus.
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.corpus.extract.pdfs import pdf
from tests.training.corpus.extract.test_archives import packed_zip, zip_bomb
from tests.training.corpus.extract.test_epub import book
from tests.training.corpus.jobs import documents_in, run_verb

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 9\n"
LONG_NAME = "n" * 200 + ".txt"
HOSTILE = {
    "leads-out.epub": (book(**{"../x": "evil"}), "leads out of the book"),
    "bomb.zip": (zip_bomb(), "unpacks to more than 200 times its own size"),
    "pointer.parquet": (POINTER, "is a Git LFS pointer"),
    "word.zip": (packed_zip({"[Content_Types].xml": b"<x/>"}), "is an Office document"),
    "text.pdf": (b"plain words\n", "is named .pdf but is no PDF"),
}
GOOD = {
    "good.txt": b"good words",
    "<script>alert(1)<.txt": b"scripted words",
    "\u202egpj.txt": b"reversed words",
    LONG_NAME: b"long words",
    "names.zip": packed_zip({"../x.txt": b"evil", "in.txt": b"inner words"}),
    "really-a-pdf.txt": pdf([["printed words"]]),
}


@pytest.fixture(scope="module")
def output(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    inputs = []
    files = {name: data for name, (data, _) in HOSTILE.items()} | GOOD
    for name, data in files.items():
        (folder / name).write_bytes(data)
        inputs.append({"path": f"../{name}"})
    run_verb("extract", folder / "job", inputs=inputs, split="lines", num_workers=2)
    return folder / "job/output"


@pytest.fixture(scope="module")
def entries(output) -> dict[str, dict[str, object]]:
    return {entry["name"]: entry for entry in json.loads((output / "files.json").read_text())}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_refused_with_its_reason(entries, name):
    entry = entries[name]
    assert HOSTILE[name][1] in entry["refused"]
    assert "broke" not in entry["refused"]


def test_the_good_ones_are_read_and_nothing_else(output, entries):
    rows = documents_in(output)
    assert [row["text"] for row in rows] == [
        "good words", "scripted words", "reversed words", "long words", "inner words",
        "printed words",
    ]  # fmt: skip
    assert [row["origin"]["file"] for row in rows] == list(GOOD)
    assert rows[4]["origin"]["member"] == "in.txt"
    assert rows[5]["origin"]["page"] == 1
    assert len({row["doc_id"] for row in rows}) == 6
    assert "it is a PDF; read as one" in next(iter(entries["really-a-pdf.txt"]["warnings"]))


def test_nothing_was_written_outside_the_job(output):
    folder = output.parents[1]
    assert {path.name for path in folder.iterdir()} == {*HOSTILE, *GOOD, "job"}
    assert not list(output.glob("streams.tmp"))
    assert pq.read_table(next(output.glob("shard-*"))).num_rows == 6


def test_a_member_that_ends_its_reader_is_passed_over_and_the_others_are_read(tmp_path):
    deadly = b'{"text": "x", "y": [' + b"[]," * 5_000_000 + b"[]]}\n"
    members = {"a.txt": b"before", "deadly.jsonl": deadly, "z.txt": b"behind"}
    (tmp_path / "all.zip").write_bytes(packed_zip(members))
    run_verb(
        "extract",
        tmp_path / "job",
        inputs=[{"path": "../all.zip"}],
        memory_limit_bytes=300 << 20,
    )
    output = tmp_path / "job/output"
    assert [row["text"] for row in documents_in(output)] == ["before", "behind"]
    entry = json.loads((output / "files.json").read_text())[0]
    assert (entry["num_members"], entry["num_members_refused"]) == (3, 1)
    fault = entry["faults"][0]
    assert (fault["member"], fault["what"]) == ("deadly.jsonl", "member")
    assert fault["reason"] == "needs more than 314.6 MB of memory to be read"


def test_the_number_of_workers_changes_nothing_in_archives(tmp_path):
    inputs = []
    for number in range(4):
        data = packed_zip({f"{n}.txt": b"words %d %d" % (n, number) for n in range(5)})
        (tmp_path / f"{number}.zip").write_bytes(data)
        inputs.append({"path": f"../{number}.zip"})
    shards = []
    for workers in (1, 3):
        folder = tmp_path / f"job{workers}"
        run_verb("extract", folder, inputs=inputs, num_workers=workers)
        shards.append([path.read_bytes() for path in sorted((folder / "output").glob("shard-*"))])
    assert shards[0] == shards[1]
