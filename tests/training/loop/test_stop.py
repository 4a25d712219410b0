"""Stop and pause: every rank saves and ends after the same step, and the run goes on later."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.training.loop.test_resume import assert_equal_runs, steps_on_disk
from tests.training.loop.tiny import make_store, prepared, train, write_spec
from tests.training.processes import Attempt
from training.events import all_events
from training.folder.atomic import write_json
from training.loop.callbacks.checkpointer import Checkpointer
from training.loop.callbacks.validator import Validator
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer

NUM_STEPS = 60
#: Every step validates and samples, so that whatever step the stop comes at has something to lose.
EVERY_STEP: dict[str, Any] = {
    "num_steps": NUM_STEPS,
    "validation": {"every_steps": 1, "max_rows": 4},
    "samples": {"prompts": ["AB"], "max_new_tokens": 2},
}


def told(out: Path, kind: str) -> list[dict[str, Any]]:
    """Events of a kind without what differs from run to run."""
    own = {"seq", "time", "generation"}
    events = [event for event in all_events(out / "events.jsonl") if event["kind"] == kind]
    return [{name: event[name] for name in event.keys() - own} for event in events]


@pytest.mark.parametrize("num_processes", [1, 2])
@pytest.mark.parametrize("how", ["file", "signal"])
def test_a_stopped_run_saves_and_continues_to_the_same_end(
    tmp_path: Path, num_processes: int, how: str
) -> None:
    store = make_store(tmp_path / "tokens")
    changes = {**EVERY_STEP, "num_processes": num_processes}
    twin = train(tmp_path, "twin", store, **changes)
    spec = write_spec(tmp_path / "run.yaml", store, **changes)
    out = tmp_path / "run"
    attempt = Attempt("train", spec, out, num_processes=num_processes)

    attempt.wait_until(lambda: steps_on_disk(out) >= 5)
    if how == "file":
        (out / "control").mkdir(exist_ok=True)
        write_json(out / "control" / "stop", {"wanted": "stop"})
    else:
        last = attempt.ranks[-1].pid
        assert last is not None
        os.kill(last, signal.SIGTERM)
    assert attempt.wait() == [0] * num_processes, attempt.log()
    (stopped,) = told(out, "stopped")
    assert stopped["wanted"] == ("stop" if how == "file" else "pause")
    assert stopped["step"] < NUM_STEPS
    assert not (out / "output").exists()
    assert (out / "checkpoints" / f"step-{stopped['step']:08d}").is_dir()
    (out / "control" / "stop").unlink(missing_ok=True)
    attempt = Attempt("train", spec, out, num_processes=num_processes)
    assert attempt.wait() == [0] * num_processes, attempt.log()
    assert_equal_runs(out, twin)
    for kind in ("validation", "sample"):
        assert told(out, kind) == told(twin, kind)
        assert len(told(out, kind)) == NUM_STEPS


@pytest.mark.parametrize(("num_steps", "is_finished"), [(1, True), (2, False)])
def test_a_stop_at_the_last_step_is_a_finish(
    tmp_path: Path, num_steps: int, is_finished: bool
) -> None:
    store = make_store(tmp_path / "tokens")
    run = prepared(tmp_path / "run", store, num_steps=num_steps, schedule={"warmup_steps": 0})
    run.job.folder.stop.parent.mkdir()
    write_json(run.job.folder.stop, {"wanted": "stop"})
    watch = StopWatch(run.job)
    assert Trainer(run, [Validator(), Checkpointer()], watch).train() == is_finished
    watch.close()
    assert run.state.step == 1
