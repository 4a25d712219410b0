"""Bad files and specs at the command line: one sentence with file, line or field.

Every case writes the bad thing for real and runs the real verb; the fixture `attempt` holds what
is true of all of them (`refusals.refused`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.corpus.jobs import documents_in
from tests.training.refusals import Attempt, write_yaml
from training import cli
from training.errors import ExitCode

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


FILES = [
    ("empty.txt", b"", ["empty.txt is empty (0 bytes)."]),
    ("picture.txt", PNG, ["picture.txt is a PNG image, not text."]),
    ("mark.txt", b"\xef\xbb\xbf", ["mark.txt holds nothing but a byte-order mark."]),
    ("blank.txt", b"\n" * 1000, ["blank.txt holds nothing but blank lines."]),
    ("zeros.txt", b"\0" * 1000, ["zeros.txt is not UTF-8 text", "save it as UTF-8"]),
    ("latin.txt", "Größe".encode("latin-1"), ["latin.txt is not UTF-8 text"]),
    ("report.docx", b"PK\x03\x04", ["report.docx is cut off or damaged", "copy or pack it again"]),
    ("rows.jsonl", b'{"id": 1}\n' * 3, ["3 lines were left out", "line 1:", "no text in any of"]),
    ("deep.jsonl", b'{"text": ' + b"[" * 200_000, ["line 1:", "nests lists or objects too deeply"]),
    ("array.jsonl", b"[" * 200_000, ["begins with a JSON array", "one object per line"]),
    ("nan.jsonl", b'{"text": "a", "n": NaN}\n', ["line 1: NaN is no JSON number", "write null"]),
    ("huge.jsonl", b'{"text": "a", "n": 1e999}\n', ["line 1: the number 1e999 is too large"]),
    ("digits.jsonl", b'{"n": ' + b"9" * 5000 + b"}\n", ["line 1: a number has 5,000 digits"]),
]


@pytest.mark.parametrize(("name", "data", "parts"), FILES, ids=[row[0] for row in FILES])
def test_a_file_without_a_document_is_refused_by_name_and_line(
    tmp_path: Path, attempt: Attempt, name: str, data: bytes, parts: list[str]
) -> None:
    (tmp_path / name).write_bytes(data)
    said = attempt("extract", {"inputs": [{"path": name}]}, ExitCode.DATA)
    for part in [name, *parts, "text in it is needed"]:
        assert part in said


PARTLY_BAD = [
    ("a.txt", b"".join(b"line %d\n" % n for n in range(1, 7)) + b"caf\xe9\nline 8\n",
     "a.txt: 1 line was left out, line 7: the line is not valid UTF-8: byte 4 is 0xe9; save the"),
    ("a.jsonl", b'{"text": "good"}\n{"id": 2}\n',
     "a.jsonl: 1 line was left out, line 2: the row has no field 'text'."),
    ("a.txt", b"good\nbad\0line\n", "1 line was left out, line 2: the line holds a NUL character."),
    ("a.txt", "good wide text".encode("utf-16"), "a.txt: converted from UTF-16-LE (1)."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "sentence"), PARTLY_BAD)
def test_a_partly_bad_file_keeps_its_good_lines_and_the_others_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, data: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(data)
    spec = write_yaml(tmp_path / "spec.yaml", {"inputs": [{"path": name}]})
    assert cli.main(["extract", str(spec), "--out", str(tmp_path / "job")]) == 0
    assert sentence in caplog.text
    texts = [row["text"] for row in documents_in(tmp_path / "job" / "output")]
    assert len(texts) == 1
    assert "good" in texts[0] or texts[0].endswith("line 6\nline 8")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def never_readable(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


NOT_FILES: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: None, "No such file or directory"),
    (Path.mkdir, "A folder without files"),
    (link_to_itself, "Too many levels of symbolic links"),
    (os.mkfifo, "Not a regular file"),
    (never_readable, "Input/output error"),
]


@pytest.mark.parametrize(("make", "reason"), NOT_FILES, ids=[row[1] for row in NOT_FILES])
def test_what_is_no_readable_file_is_named_by_its_field(
    tmp_path: Path, attempt: Attempt, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / "a.txt")
    said = attempt("extract", {"inputs": [{"path": "a.txt"}]}, ExitCode.SPEC)
    assert said.startswith(f"inputs.0.path: cannot be read ({reason}); got ")
    assert "accepted: a file named .txt, .text, .md" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named_by_its_field(
    tmp_path: Path, attempt: Attempt
) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "a.txt").chmod(0)
    said = attempt("extract", {"inputs": [{"path": "a.txt"}]}, ExitCode.SPEC)
    assert "inputs.0.path: cannot be read (Permission denied)" in said


@pytest.mark.parametrize(
    ("name", "part"), [("a" * 300 + ".txt", "File name too long"), ("a\0.txt", "NUL character")]
)
def test_a_name_that_no_file_can_have_is_a_problem_of_its_field(
    attempt: Attempt, name: str, part: str
) -> None:
    said = attempt("extract", {"inputs": [{"path": name}]}, ExitCode.SPEC)
    assert "inputs.0.path: " in said
    assert part in said


SPEC_FILES = [
    (b"", ["a mapping of field names to values; got nothing", 'lines such as "num_steps: 1000"']),
    (b"- a\n- b\n", ["a mapping of field names to values; got a list"]),
    (PNG, ["spec.yaml: is a PNG image, not text. Name a YAML or JSON file."]),
    (b"tokens: a\nseed: caf\xe9\n", ["spec.yaml: is not UTF-8 text: line 2 holds the byte 0xe9"]),
    ("tokens: a\n".encode("utf-16"), ["spec.yaml: is not UTF-8 text", "Save it as UTF-8"]),
    (b"tokens: a\0b\n", ["special characters are not allowed"]),
    (b"tokens:\n\tx: 1\n", ["at line 2, column 1: found character '\\t'"]),
    (b"tokens: a: b\n", ["at line 1, column 10"]),
    (b"tokens: a\nseed: 1\nseed: 2\n", ["at line 3, column 1: the key 'seed' is given twice"]),
    (b"a: &a [x]\ntokens: *a\n", ["at line 2, column 9: aliases", "write the value out"]),
    (b"tokens: !!python/name:os.system\n", ["at line 1, column 9"]),
    (b"[" * 200_000, ["nests too deeply to be read"]),
    (b"tokens: x\nseed: " + b"9" * 5000, ["holds a number that cannot be read", "4,300 digits"]),
    (b"#" * (1 << 20) + b"\n", ["is longer than 1 MiB"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "parts"), SPEC_FILES, ids=[row[1][0][:50] for row in SPEC_FILES])
def test_a_spec_file_that_is_none_is_refused_by_line(
    attempt: Attempt, data: bytes, parts: list[str]
) -> None:
    said = attempt("train", data, ExitCode.SPEC)
    for part in parts:
        assert part in said


def test_a_date_in_a_spec_is_a_text_like_any_other(attempt: Attempt) -> None:
    assert "2020-01-01 does not exist" in attempt("clean", b"documents: 2020-01-01\n", 3)


def test_a_spec_that_cannot_be_opened_says_why(tmp_path: Path, attempt: Attempt) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    for file, reason in (
        (tmp_path, "Is a directory"),
        (tmp_path / "none.yaml", "No such file or directory"),
        (tmp_path / "loop.yaml", "Too many levels of symbolic links"),
    ):
        said = attempt("train", None, ExitCode.SPEC, file=file)
        assert said == f"{file}: cannot be read: {reason}. Name a YAML or JSON file."


NAN = float("nan")
FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"optimizer": {"learning_rate": NAN}},
     "optimizer.learning_rate: must be a finite number; got nan; accepted: more than 0, at most 1"),
    ({"optimizer": {"learning_rate": "nan"}}, "learning_rate: must be a finite number; got 'nan'"),
    ({"optimizer": {"learning_rate": "1e999"}}, "must be a finite number; got '1e999'"),
    ({"optimizer": {"learning_rate": -1}}, "learning_rate: is too small; got -1; accepted: more"),
    ({"optimizer": {"learning_rat": 1}}, "there is no such field; accepted: kind, learning_rate"),
    ({"optimiser": {}}, "Did you mean 'optimizer'?"),
    ({"optimizer": [1]}, "optimizer: must be a group of fields; got [1]; accepted: kind,"),
    ({"optimizer": None}, "optimizer: must be a group of fields; got nothing"),
    ({"schedule": {"kind": "cosin"}}, "'polynomial' or 'cosine_restarts'. Did you mean"),
    ({"model": {"width": 100, "num_heads": 7}},
     "model.num_heads: heads must divide the width 100; got 7; accepted: 1, 2, 4, 5, 10, 20, 25"),
    ({"model": {"num_heads": -4}}, "model.num_heads: is too small; got -4; accepted: at least 1"),
    ({"model": {"width": 10**30}}, "model.width: has too many digits"),
    ({"model": {"num_layers": None}}, "num_layers: must be a whole number; got nothing; accepted"),
    ({"num_steps": 2.5}, "num_steps: must be a whole number; got 2.5"),
    ({"num_steps": True}, "num_steps: must be a number; got True"),
    ({"num_steps": -(10**400)}, "num_steps: has too many digits; got a number of more than 60"),
    ({"batch_size": 10**18}, "batch_size: is too large; got 1000000000000000000; accepted: at"),
    ({"num_processes": 3}, "batch_size: the batch must split evenly over 3 processes; got 32; acc"),
    ({"version": 99}, "version: this spec was written by a newer Trainyard; got 99"),
    ({"version": -1}, "version: is too small; got -1; accepted: at least 1"),
    ({"tokens": ""}, "tokens: must not be empty"),
    ({"samples": {"prompts": "x" * 10**6}}, "samples.prompts: must be a list; got 'xxx"),
    ({"sequence_length": 512}, "rows may not be longer than the model's context; got 512; acc"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "part"), FIELDS, ids=[row[1][:40] for row in FIELDS])
def test_a_value_that_cannot_be_is_refused_by_field(
    attempt: Attempt, changes: dict[str, Any], part: str
) -> None:
    said = attempt("train", {"tokens": "../tokens", **changes}, ExitCode.SPEC)
    assert part in said
    assert len(said) < 600


def test_a_misspelt_field_inside_a_list_is_found_too(attempt: Attempt) -> None:
    said = attempt("extract", {"inputs": [{"path": "a", "sorce": "x"}]}, ExitCode.SPEC)
    assert said.startswith("inputs.0.sorce: there is no such field; accepted: path, source")
    assert "Did you mean 'source'?" in said
