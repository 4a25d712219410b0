"""Stop and pause: every rank saves and ends after the same step, and the run goes on later."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.training.loop.test_resume import assert_equal_runs, steps_on_disk
from tests.training.loop.tiny import make_store, train, write_spec
from tests.training.processes import Attempt
from training.events import all_events
from training.folder.atomic import write_json

NUM_STEPS = 60


@pytest.mark.parametrize("num_processes", [1, 2])
@pytest.mark.parametrize("how", ["file", "signal"])
def test_a_stopped_run_saves_and_continues_to_the_same_end(
    tmp_path: Path, num_processes: int, how: str
) -> None:
    store = make_store(tmp_path / "tokens")
    changes = {"num_steps": NUM_STEPS, "num_processes": num_processes}
    twin = train(tmp_path, "twin", store, **changes)
    spec = write_spec(tmp_path / "run.yaml", store, **changes)
    out = tmp_path / "run"
    attempt = Attempt("train", spec, out, num_processes=num_processes)

    def ask() -> bool:
        if steps_on_disk(out) < 5:
            return False
        if how == "file":
            (out / "control").mkdir(exist_ok=True)
            write_json(out / "control" / "stop", {"wanted": "stop"})
        else:
            last = attempt.ranks[-1].pid
            assert last is not None
            os.kill(last, signal.SIGTERM)
        return True

    while not ask():
        pass
    assert attempt.wait() == [0] * num_processes, attempt.log()
    stopped = [e for e in all_events(out / "events.jsonl") if e["kind"] == "stopped"]
    assert [e["wanted"] for e in stopped] == ["stop" if how == "file" else "pause"]
    assert not (out / "output").exists()
    assert (out / "checkpoints" / f"step-{stopped[0]['step']:08d}").is_dir()
    (out / "control" / "stop").unlink(missing_ok=True)
    attempt = Attempt("train", spec, out, num_processes=num_processes)
    assert attempt.wait() == [0] * num_processes, attempt.log()
    assert_equal_runs(out, twin)
