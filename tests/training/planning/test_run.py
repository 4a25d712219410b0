"""The plan is stored with the run and held against what was measured of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.loop.tiny import make_store, train
from training.folder.layout import JobFolder
from training.planning.comparison import PLAN, Comparison, compare
from training.planning.disk import Saving


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned")
    return train(folder, "job", make_store(folder / "tokens"))


def compared(run: Path) -> dict[str, Comparison]:
    return {line.name: line for line in compare(JobFolder(run))}


def test_a_run_stores_its_plan_and_what_is_exact_is_met(run: Path) -> None:
    lines = compared(run)
    assert lines["parameters"].planned == lines["parameters"].measured
    assert lines["tokens"].planned == lines["tokens"].measured
    assert all(line.measured for line in lines.values()), lines
    assert "guessed" in lines["step"].note, "no machine was measured in tests"


def test_a_checkpoint_has_the_size_that_was_planned(run: Path) -> None:
    """A small model is the hardest: its texts are half of it."""
    (*_, last) = sorted((run / "checkpoints").iterdir())
    real = sum(file.stat().st_size for file in last.iterdir())
    planned = json.loads((run / PLAN).read_text())["disk"]["checkpoint"]
    assert planned == pytest.approx(real, rel=0.02)
    assert compared(run)["checkpoint"].measured == real


def test_no_more_checkpoints_are_kept_than_planned(run: Path) -> None:
    planned = json.loads((run / PLAN).read_text())["disk"]["num_kept"]
    assert 1 <= len(list((run / "checkpoints").iterdir())) <= planned


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"device": "cpu", "time": 7}'])
def test_a_run_without_a_plan_that_can_be_read_has_nothing_to_compare(
    text: str | None, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / PLAN).write_text(text)
    assert compare(JobFolder(tmp_path)) == []


@pytest.mark.parametrize(
    ("saving", "kept"),
    [
        (Saving(100, 10, 2, 0), 2),
        (Saving(100, 10, 2, 10), 3),
        (Saving(100, 0, 2, 0), 1),
        (Saving(5, 10, 2, 0), 1),
    ],
)
def test_the_newest_and_the_best_are_kept(saving: Saving, kept: int) -> None:
    assert saving.num_kept == kept


def test_what_differs_is_told_in_per_cent() -> None:
    line = Comparison("memory", "Highest memory", "bytes", 1.1e9, 1.0e9)
    assert (line.planned_text, line.measured_text, line.ratio_text) == ("1.1 GB", "1.0 GB", "+10 %")
    unknown = Comparison("step", "Time of a step", "seconds", 0.25, None)
    assert (unknown.planned_text, unknown.measured_text) == ("250 ms", "not measured")
    assert unknown.ratio_text == ""
