"""The demo's text is found in the interpreter's own sources, the same every time."""

from __future__ import annotations

import json
import sysconfig
from pathlib import Path

import pytest

from training.corpus.cpython_text import write_cpython_texts
from training.errors import DataError


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_megabytes_of_reference_and_docstrings(tmp_path):
    files = write_cpython_texts(tmp_path)
    assert [path.name for path in files] == ["cpython-reference.jsonl", "cpython-docstrings.jsonl"]
    assert sum(path.stat().st_size for path in files) > 1_500_000
    reference, code = map(rows, files)
    assert any("assert_stmt" in row["text"] for row in reference)
    assert all(row["text"].strip() == row["text"] for row in code)
    assert len({row["text"] for row in code}) == len(code)


def test_the_same_sources_give_the_same_files(tmp_path):
    library = Path(sysconfig.get_path("stdlib")) / "email"
    first, second = (write_cpython_texts(tmp_path / name, library) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_no_file_is_run_and_broken_ones_are_passed_over(tmp_path):
    library = tmp_path / "lib"
    library.mkdir()
    long = "A docstring that is long enough to be taken for prose by the reader of sources. " * 2
    (library / "good.py").write_text(
        f'"""{long}"""\nraise SystemExit\nif True:\n    def f():\n        """Second. {long}"""\n'
    )
    (library / "broken.py").write_text("def (:")
    (library / "null.py").write_bytes(b"\x00")
    (path,) = write_cpython_texts(tmp_path / "out", library)
    assert [row["name"] for row in rows(path)] == ["good.py:module", "good.py:f"]


def test_a_python_without_sources_is_named(tmp_path):
    (tmp_path / "lib").mkdir()
    with pytest.raises(DataError, match="has no sources to read text from"):
        write_cpython_texts(tmp_path / "out", tmp_path / "lib")
