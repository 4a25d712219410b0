"""The verb ``benchmark``: what it leaves, and files it refuses with file and row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.benchmarks.made import SIMPLE, make_benchmark, write_rows
from tests.training.corpus.jobs import events_of, run_verb
from tests.training.refusals import Attempt
from training.benchmarks.benchmark import Benchmark
from training.errors import DataError


def test_items_keep_their_order_set_and_place(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", SIMPLE)
    (tmp_path / "b.csv").write_text("context,target,split\nThe sky is,blue,test\n")
    out = run_verb(
        "benchmark", tmp_path / "job", inputs=[{"path": "../a.jsonl"}, {"path": "../b.csv"}]
    )
    benchmark = Benchmark.open(out)
    items = benchmark.items()
    assert [(item.set, item.name, item.kind, item.right) for item in items] == [
        ("a", "q1", "choice", "green"), ("a", "q2", "choice", "four"),
        ("b", "line 2", "cloze", "blue"),
    ]  # fmt: skip
    assert [(item.file, item.line) for item in items] == [
        ("a.jsonl", 1),
        ("a.jsonl", 2),
        ("b.csv", 2),
    ]
    assert benchmark.splits == ["test"]
    assert benchmark.page(1, 5) == items[1:]
    assert benchmark.manifest.counts["items"] == 3


def test_one_wrong_row_refuses_all_with_file_and_row(tmp_path: Path) -> None:
    rows = [*SIMPLE, {"question": "Which?", "choices": ["a", "b"], "answer": 7}]
    with pytest.raises(DataError, match=r"1 row.*items\.jsonl, line 3: the answer .* '7'"):
        make_benchmark(tmp_path, rows)
    assert not (tmp_path / "benchmark" / "output").exists()


def test_wrong_rows_can_be_left_out_and_are_counted(tmp_path: Path) -> None:
    rows = [*SIMPLE, {"question": "Which?", "choices": ["a", ""], "answer": 0}]
    out = make_benchmark(tmp_path, rows, faulty_rows="leave_out")
    assert Benchmark.open(out).manifest.counts["faults"] == 1
    assert len(Benchmark.open(out).items()) == 2
    assert "line 3" in events_of(tmp_path / "benchmark", "warning")[0]["message"]


def test_copies_are_told(tmp_path: Path) -> None:
    make_benchmark(tmp_path, [*SIMPLE, {**SIMPLE[0], "id": "q9"}])
    assert "1 of 3 items say the same" in events_of(tmp_path / "benchmark", "warning")[0]["message"]


def test_a_pickle_and_nothing_are_refused(tmp_path: Path, attempt: Attempt) -> None:
    (tmp_path / "x.pkl").write_bytes(b"\x80\x04N.")
    assert "no known format of rows" in attempt("benchmark", {"inputs": [{"path": "x.pkl"}]}, 3)
    (tmp_path / "empty.jsonl").write_text("")
    assert "is empty (0 bytes)" in attempt("benchmark", {"inputs": [{"path": "empty.jsonl"}]}, 3)
    assert "nothing to read" in attempt("benchmark", {}, 2)
