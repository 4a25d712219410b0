"""Archives of rows: every member that holds rows, and a reason for each that does not."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.training.tasks.made import all_rows, instruction, set_from
from training.errors import DataError
from training.folder.artifact import load_manifest, write_artifact
from training.helper.task_previews import preview_rows

ROWS = [instruction(number) for number in range(40)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def parquet(rows: list[dict[str, str]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def table(rows: list[dict[str, str]]) -> bytes:
    return (
        "instruction;output\n" + "".join(f"{r['instruction']};{r['output']}\n" for r in rows)
    ).encode()


MIXED = {
    "a/rows.jsonl": b"".join(LINES.splitlines(True)[:10]),
    "b.json": json.dumps(ROWS[10:20]).encode(),
    "c.csv": table(ROWS[20:30]),
    "d.parquet": parquet(ROWS[30:40]),
}


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


ARCHIVES = {
    "rows.zip": zipped(MIXED),
    "rows.tar": tarred(MIXED),
    "rows.tar.gz": gzip.compress(tarred(MIXED)),
    "rows.tar.zst": zstandard.compress(tarred(MIXED)),
    "rows.jsonl.gz": gzip.compress(LINES),
    "rows.jsonl.zst": zstandard.compress(LINES),
    "outer.zip": zipped({"inner.tar.gz": gzip.compress(tarred(MIXED))}),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_kind_of_archive_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    output = set_from(tmp_path, name, ARCHIVES[name])
    rows = all_rows(output)
    assert sorted(row["instruction"] for row in rows) == sorted(r["instruction"] for r in ROWS)
    assert load_manifest(output).counts["faults"] == 0
    files = {row["origin"]["file"] for row in rows}
    assert all(file.startswith(f"{name}!/") for file in files)
    assert len(files) == (1 if name.startswith("rows.jsonl") else 4)
    assert not list((tmp_path / "tasks").rglob("*.tmp"))


def test_a_member_of_no_use_is_a_fault_and_what_it_gave_does_not_count(tmp_path: Path) -> None:
    members = {
        **MIXED,
        "README.md": b"hello",
        "torn.json": json.dumps([instruction(n) for n in range(100, 200)]).encode()[:-1],
        "other.jsonl": b'{"text": "another shape"}\n',
        "../x.jsonl": LINES,
        "<script>.csv": b'instruction,output\n"open\n',
    }
    output = set_from(tmp_path, "rows.zip", zipped(members))
    assert len(all_rows(output)) == 40
    (file,) = json.loads((output / "files.json").read_text())
    reasons = {fault["member"]: fault["reason"] for fault in file["faults"]}
    assert "is of no known format of rows" in reasons["README.md"]
    assert "is not JSON at line 1" in reasons["torn.json"]
    assert "holds rows of the shape text" in reasons["other.jsonl"]
    assert "leads out of its archive" in reasons["../x.jsonl"]
    assert "quote that is not closed" in reasons["<script>.csv"]
    assert file["num_documents"] == 40
    assert not (tmp_path / "x.jsonl").exists()


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    bomb = zipped({"rows.jsonl": json.dumps({"text": "x" * (100 << 20)}).encode()})
    with pytest.raises(DataError, match="as zip bombs do"):
        set_from(tmp_path, "bomb.zip", bomb)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is cut off"):
        set_from(tmp_path, "rows.jsonl.gz", ARCHIVES["rows.jsonl.gz"][:-20])


def test_a_member_that_ends_its_reader_costs_no_other(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    big = pa.table({"instruction": pa.array(["x" * (40 << 20)] * 12), "output": ["y"] * 12})
    pq.write_table(big, buffer, compression="zstd", use_dictionary=True)
    members = {"bomb.parquet": buffer.getvalue(), **MIXED}
    output = set_from(tmp_path, "rows.tar", tarred(members), memory_limit_bytes=1 << 28)
    assert len(all_rows(output)) == 40
    (file,) = json.loads((output / "files.json").read_text())
    assert [fault["member"] for fault in file["faults"]] == ["bomb.parquet"]


def test_the_first_rows_of_an_archive_are_shown_before_a_set_is_made(tmp_path: Path) -> None:
    with write_artifact(tmp_path / "upload", "upload") as draft:
        (draft.path / "00001.zip").write_bytes(zipped({"README.md": b"", **MIXED}))
        listed = [{"name": "rows.zip", "file": "00001.zip", "sha256": ""}]
        (draft.path / "files.json").write_text(json.dumps(listed))
    found = preview_rows(str(tmp_path / "upload"))
    assert found["shape"] == "instruction"
    assert found["rows"][0] == {
        "file": "a/rows.jsonl",
        "line": 1,
        "fields": [["instruction", "Add 0 and 1."], ["output", "It is 1."]],
    }
    (fault,) = found["faults"]
    assert fault["file"] == "README.md"
