"""A batch that grows: rows are counted, a killed run goes on exactly, bad ramps refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.loop.tiny import final_weights, make_store, series, train, write_spec
from tests.training.processes import Attempt
from training.errors import SpecError
from training.events import all_events
from training.planning.course import course_of
from training.planning.plan import plan_training
from training.specs.train import TrainSpec
from training.tokens.reading import read_step

RAMP: dict[str, Any] = {
    "num_steps": 16,
    "micro_batch_size": 2,
    "batch_ramp": {"start_rows": 2, "num_steps": 9},
    "validation": {"every_steps": 0},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


@pytest.mark.parametrize("num_processes", [1, 2])
def test_a_killed_run_goes_on_in_the_middle_of_its_ramp(
    tmp_path: Path, store: Path, num_processes: int
) -> None:
    changes = {**RAMP, "num_processes": num_processes, "micro_batch_size": 2 // num_processes}
    whole = train(tmp_path, "whole", store, **changes)
    rows = [2] * 3 + [4] * 3 + [6] * 3 + [8] * 7
    finished = all_events(whole / "events.jsonl")[-1]
    assert finished["num_tokens"] == sum(rows) * 32
    spec, out = write_spec(tmp_path / "cut.yaml", store, **changes), tmp_path / "cut"
    attempt = Attempt("train", spec, out, num_processes=num_processes)
    assert attempt.kill_when(lambda: (out / "checkpoints" / "step-00000006").exists())
    attempt = Attempt("train", spec, out, num_processes=num_processes)
    assert attempt.wait() == [0] * num_processes, attempt.log()
    assert series(out, "train/loss") == series(whole, "train/loss")
    assert final_weights(out) == final_weights(whole)


def test_the_page_of_a_step_shows_its_rows(tmp_path: Path, store: Path) -> None:
    from training.cli import run_verb

    out = tmp_path / "run"
    assert run_verb("train", write_spec(tmp_path / "run.yaml", store, **RAMP), out) == 0
    assert [read_step(str(out), step)["num_rows"] for step in (1, 4, 7, 16)] == [2, 4, 6, 8]
    assert read_step(str(out), 1)["num_steps"] == 16


def test_the_course_is_the_same_for_any_number_of_processes() -> None:
    """The micro-batch that is chosen differs (16, 16 and 8 rows), the rows of each step do not."""
    ramp = {"start_rows": 8, "num_steps": 9}
    fields = {"tokens": "t", "batch_size": 32, "num_steps": 16, "batch_ramp": ramp, "device": "cpu"}
    courses, planned = [], []
    for num_processes in (1, 2, 4):
        spec = TrainSpec.parse({**fields, "num_processes": num_processes})
        planned.append(plan_training(spec).num_tokens)
        resolved = spec.resolve()
        course = course_of(resolved.batch_size, resolved.batch_ramp)
        courses.append([course.places(step) for step in range(1, 17)])
    assert courses[0] == courses[1] == courses[2]
    assert [len(places) for places in courses[0][::3]] == [8, 16, 24, 32, 32, 32]
    assert planned[0] == planned[1] == planned[2]


@pytest.mark.parametrize(
    ("ramp", "sentence"),
    [
        ({"start_rows": 64, "num_steps": 9}, "the batch grows, so its first size"),
        ({"start_rows": 2}, "a ramp needs steps"),
        ({"start_rows": 2, "num_steps": 16}, "must end before the run does"),
        ({"start_rows": 3, "num_steps": 9}, "rows must split evenly over 2 processes"),
    ],
)
def test_a_ramp_that_does_not_fit_is_refused(ramp: dict[str, int], sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        TrainSpec.parse(
            {
                "tokens": "t",
                "batch_size": 8,
                "num_steps": 16,
                "num_processes": 2,
                "batch_ramp": ramp,
            }
        )
