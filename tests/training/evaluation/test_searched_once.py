"""What was looked for in training texts is known from then on, as long as nothing has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.benchmarks.made import make_benchmark
from tests.training.corpus.jobs import events_of, run_verb
from tests.training.evaluation.chain import Chain
from tests.training.evaluation.test_verb import CLEAN, READ, SHORT, chain
from training.benchmarks.benchmark import Benchmark
from training.evaluation.contaminated import Found, search_runs
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.specs.evaluate import ContaminationPart
from training.tokens.seen.runs import runs_behind

__all__ = ["chain"]
ROWS = [CLEAN, READ, SHORT, {**READ, "id": "copy"}]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRAINYARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def search(
    folder: Path, chain: Chain, benchmark: Path, chosen: slice = slice(None), **part: Any
) -> tuple[Found, bool]:
    """What was found, and whether the texts were read for it."""
    folder.mkdir()
    job = Job(JobFolder(folder), verb="evaluate", spec={})
    items = Benchmark.open(benchmark).items()
    found = search_runs(
        items, items[chosen], runs_behind(chain.model), ContaminationPart(**part), job, 1
    )
    job.close()
    assert not list(folder.glob("*work*"))
    return found, was_searched(folder)


def was_searched(folder: Path) -> bool:
    stages = [one.get("stage") for one in events_of(folder, "progress")]
    return "searching training texts" in stages


def test_the_second_search_reads_no_text(tmp_path: Path, chain: Chain, home: Path) -> None:
    benchmark = make_benchmark(tmp_path / "made", ROWS)
    first, was_read = search(tmp_path / "a", chain, benchmark)
    assert was_read
    assert (sorted(first.shares), first.too_short) == ([1, 3], [2])
    again, was_read = search(tmp_path / "b", chain, benchmark)
    assert (again, was_read) == (first, False)
    # Another benchmark of the same items, and some of them alone, are no other content.
    same = make_benchmark(tmp_path / "same", ROWS)
    some, was_read = search(tmp_path / "c", chain, same, slice(1, 3))
    assert (sorted(some.shares), some.too_short, was_read) == ([1], [2], False)
    for file in home.rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[:-1])
    mended, was_read = search(tmp_path / "d", chain, benchmark)
    assert (mended, was_read) == (first, True)


def test_other_items_other_lengths_and_other_texts_are_searched_anew(
    tmp_path: Path, chain: Chain
) -> None:
    benchmark = make_benchmark(tmp_path / "made", ROWS)
    search(tmp_path / "a", chain, benchmark)
    assert search(tmp_path / "b", chain, benchmark, ngram_words=12)[1]
    other = make_benchmark(tmp_path / "other", [CLEAN, {**READ, "question": "Is it?"}])
    found, was_read = search(tmp_path / "c", chain, other)
    assert (found.shares, was_read) == ({}, True)


def test_an_evaluation_and_the_next_one_say_the_same(tmp_path: Path, chain: Chain) -> None:
    benchmark = make_benchmark(tmp_path / "made", ROWS)
    said = []
    for name in ("a", "b"):
        run_verb(
            "evaluate", tmp_path / name, model=str(chain.model), benchmark=str(benchmark),
            num_threads=1, device="cpu", contamination={"items": "mark"},
        )  # fmt: skip
        said.append([one["message"] for one in events_of(tmp_path / name, "warning")])
    assert said[0] == said[1]
    assert (was_searched(tmp_path / "a"), was_searched(tmp_path / "b")) == (True, False)
