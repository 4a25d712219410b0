"""Checkpoints kept, set aside, replaced and exported: a whole one is left whatever happens."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from tests.training.folder.small_disk import fill, small_disk
from tests.training.loop.tiny import final_weights, make_store, prepared, series, train
from tests.training.processes import Attempt
from training.events import all_events
from training.folder.atomic import write_json
from training.folder.layout import JobFolder
from training.loop.callbacks.checkpointer import Checkpointer
from training.loop.checkpoint import (
    checkpoint_paths,
    damage,
    load_model_tensors,
    newest_whole,
    remove_leftovers,
)
from training.loop.run import Run, StepResult
from training.loop.state import TrainState
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer

#: Ends early at step 12; the best step is 4.
EARLY: dict[str, Any] = {
    "num_steps": 200,
    "validation": {"every_steps": 4, "max_rows": 8, "patience": 2, "min_delta": 10.0},
    "checkpoints": {"every_steps": 4, "keep_last": 1},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


def flip_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def names(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "checkpoints").iterdir())


def train_one_step(run: Run) -> None:
    """One step, saved because a stop is wanted."""
    run.job.folder.stop.parent.mkdir(exist_ok=True)
    write_json(run.job.folder.stop, {"wanted": "stop"})
    watch = StopWatch(run.job)
    Trainer(run, [Checkpointer()], watch).train()
    watch.close()


def test_a_damaged_checkpoint_does_not_count_as_one_that_is_kept(
    tmp_path: Path, store: Path
) -> None:
    changes = {"num_steps": 12, "validation": {"every_steps": 0}}
    out = train(tmp_path, "run", store, **changes)
    assert names(out) == ["step-00000009", "step-00000012"]
    flip_byte(out / "checkpoints" / "step-00000012" / "rank-0.safetensors")
    run = prepared(out, store, **changes, checkpoints={"every_steps": 1, "keep_last": 1})
    assert run.state.step == 9
    train_one_step(run)
    assert names(out) == ["step-00000010", "step-00000012.damaged"]
    assert newest_whole(JobFolder(out)).path == out / "checkpoints" / "step-00000010"


def test_a_damaged_checkpoint_is_told_once(tmp_path: Path, store: Path) -> None:
    out = train(tmp_path, "run", store, num_steps=6, validation={"every_steps": 0})
    flip_byte(out / "checkpoints" / "step-00000006" / "state.json")
    for _ in range(2):
        prepared(out, store, num_steps=6, validation={"every_steps": 0})
    told = [e for e in all_events(out / "events.jsonl") if e["kind"] == "checkpoint_skipped"]
    assert [event["path"] for event in told] == ["step-00000006"]


def test_a_kill_while_a_checkpoint_is_replaced_leaves_the_old_one(
    tmp_path: Path, store: Path
) -> None:
    out = train(tmp_path, "run", store, num_steps=6, validation={"every_steps": 0})
    newest = out / "checkpoints" / "step-00000006"
    newest.rename(newest.with_name("step-00000006.old"))
    shutil.copytree(out / "checkpoints" / "step-00000003", newest.with_name("step-00000006.tmp"))
    remove_leftovers(JobFolder(out))
    assert names(out) == ["step-00000003", "step-00000006"]
    assert damage(newest) == ""
    shutil.copytree(newest, newest.with_name("step-00000006.old"))
    assert checkpoint_paths(JobFolder(out))[-1] == newest
    remove_leftovers(JobFolder(out))
    assert names(out) == ["step-00000003", "step-00000006"]


def test_a_run_killed_while_it_was_exported_after_stopping_early_trains_no_further(
    tmp_path: Path, store: Path
) -> None:
    out = train(tmp_path, "run", store, **EARLY)
    weights, losses = final_weights(out), series(out, "train/loss")
    # What a kill before the last rename leaves.
    (out / "output").rename(out / "output.tmp")
    attempt = Attempt("train", tmp_path / "run.yaml", out)
    assert attempt.wait() == [0], attempt.log()
    assert final_weights(out) == weights
    assert series(out, "train/loss") == losses
    finished = all_events(out / "events.jsonl")[-1]
    assert (finished["num_steps"], finished["best_step"]) == (12, 4)
    assert "no improvement in 2 validations" in finished["end_reason"]


def test_a_state_written_before_runs_knew_why_they_ended_is_read() -> None:
    state = TrainState(step=7, best_loss=0.1, end_reason="it had enough")
    data = state.as_dict()
    assert TrainState.from_dict(data).end_reason == "it had enough"
    del data["end_reason"]
    assert TrainState.from_dict(data).end_reason == ""
    assert TrainState.from_dict(data).best_loss == 0.1


@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_a_best_checkpoint_that_is_not_whole_is_not_exported(
    tmp_path: Path, store: Path, how: str
) -> None:
    out = train(tmp_path, "run", store, **EARLY)
    best = out / "checkpoints" / "step-00000004"
    assert names(out) == ["step-00000004", "step-00000012"]
    if how == "damaged":
        flip_byte(best / "rank-0.safetensors")
    else:
        shutil.rmtree(best)
    shutil.rmtree(out / "output")
    attempt = Attempt("train", tmp_path / "run.yaml", out)
    assert attempt.wait() == [0], attempt.log()
    events = all_events(out / "events.jsonl")
    assert (
        "step-00000004, is not whole"
        in [e for e in events if e["kind"] == "warning"][-1]["message"]
    )
    assert (events[-1]["step"], events[-1]["best_step"]) == (12, 4)
    losses = {e["step"]: e["loss"] for e in events if e["kind"] == "validation"}
    assert events[-1]["validation_loss"] == losses[12]
    last, _ = load_model_tensors(out / "checkpoints" / "step-00000012")
    exported = load_file(out / "output" / "model.safetensors")
    for name, tensor in exported.items():
        assert tensor.equal(last[name]), name


class Disk:
    """Callback: the disk is full after the first step and has room again before the last."""

    def __init__(self, disk: Path, saver: Checkpointer) -> None:
        self.disk, self.saver = disk, saver

    def start(self, run: Run) -> None:
        """There is room."""

    def after_step(self, run: Run, result: StepResult) -> None:
        if result.step == 1:
            self.filler = fill(self.disk)
        if result.step == run.spec.num_steps:
            self.saver.end(run)
            self.filler.unlink()

    def end(self, run: Run) -> None:
        """Nothing is left to do."""


def test_the_last_checkpoint_is_tried_although_the_disk_was_full_before(
    tmp_path: Path, store: Path
) -> None:
    with small_disk(tmp_path / "disk", num_bytes=8 << 20) as disk:
        changes = {"validation": {"every_steps": 0}, "checkpoints": {"every_steps": 1}}
        run = prepared(disk / "run", store, num_steps=3, schedule={"warmup_steps": 0}, **changes)
        saver, watch = Checkpointer(), StopWatch(run.job)
        assert Trainer(run, [Disk(disk, saver), saver], watch).train()
        watch.close()
        run.job.close()
        kinds = [event["kind"] for event in all_events(run.job.folder.events)]
        assert kinds.count("checkpoint_failed") == 2
        assert newest_whole(run.job.folder).path == run.job.folder.checkpoint(3)


def test_what_fails_after_the_files_are_written_reaches_the_loop_too(
    tmp_path: Path, store: Path
) -> None:
    run = prepared(tmp_path / "run", store, num_steps=5, validation={"every_steps": 0})
    run.job.events.close()
    watch = StopWatch(run.job)
    with pytest.raises(OSError, match="Bad file descriptor"):
        Trainer(run, [Checkpointer()], watch).train()
    watch.close()
    assert newest_whole(run.job.folder).path is not None
