"""Saving beside the steps: what the loop waits for, what is read back, what may fail how often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor

from tests.training.folder.small_disk import fill, small_disk
from tests.training.loop.tiny import make_store, prepared, train
from training.errors import DiskFullError
from training.events import all_events
from training.folder.layout import JobFolder
from training.loop import checkpoint
from training.loop.callbacks.checkpointer import Checkpointer
from training.loop.checkpoint import checkpoint_paths, step_of
from training.loop.run import Run, StepResult
from training.loop.snapshot import take_snapshot
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.planning.plan import plan_training
from training.specs.train import TrainSpec

UNSEEN: dict[str, Any] = {"validation": {"every_steps": 0}, "schedule": {"warmup_steps": 0}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


def trained(run: Run, *callbacks: Any) -> list[dict[str, Any]]:
    """The events of a run with these callbacks."""
    watch = StopWatch(run.job)
    try:
        Trainer(run, callbacks, watch).train()
    finally:
        watch.close()
    return all_events(run.job.folder.events)


def test_what_the_disk_does_not_give_back_never_appears(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that loses a bit, where safetensors writes the file; the run goes on."""

    def save_badly(tensors: dict[str, Tensor], path: Path) -> None:
        safetensors.torch.save_file(tensors, path)
        if "step-00000002" in str(path):
            data = bytearray(path.read_bytes())
            data[-1] ^= 1
            path.write_bytes(bytes(data))

    monkeypatch.setattr(checkpoint, "save_file", save_badly)
    run = prepared(tmp_path / "run", store, num_steps=3, checkpoints={"every_steps": 1}, **UNSEEN)
    events = trained(run, Checkpointer())
    failed = [event for event in events if event["kind"] == "checkpoint_failed"]
    assert [event["step"] for event in failed] == [2]
    assert "gives back other numbers than were written" in failed[0]["message"]
    assert [step_of(path) for path in checkpoint_paths(run.job.folder)] == [1, 3]


def test_the_loop_says_how_long_it_stood_still(tmp_path: Path, store: Path) -> None:
    out = train(tmp_path, "run", store, num_steps=6, **UNSEEN)
    saved = [event for event in all_events(out / "events.jsonl") if event["kind"] == "checkpoint"]
    assert len(saved) == 2
    assert all(0 < event["paused_seconds"] < 1 for event in saved)


def test_a_snapshot_takes_the_place_of_the_one_before_it(tmp_path: Path, store: Path) -> None:
    run = prepared(tmp_path / "run", store, **UNSEEN)
    room: dict[str, Tensor] = {}

    def taken() -> dict[str, Tensor]:
        arguments = (run.model, run.optimizer, run.state, run.world, {}, run.loop_tensors(), room)
        return take_snapshot(*arguments).tensors

    first = taken()
    name = "model/model.embed_tokens.weight"
    address, before = first[name].data_ptr(), first[name].clone()
    with torch.no_grad():
        run.model.get_input_embeddings().weight.add_(1)
    assert first[name].equal(before)
    assert taken()[name].data_ptr() == address
    assert taken()[name].equal(before + 1)


class Filling:
    """Callback: the disk is full from the first step on, until the last."""

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


@pytest.mark.parametrize(("most", "goes_on"), [(0, True), (2, False)])
def test_how_many_saves_may_fail_is_chosen(
    tmp_path: Path, store: Path, most: int, goes_on: bool
) -> None:
    saving = {"every_steps": 1, "max_failures": most}
    with small_disk(tmp_path / "disk", num_bytes=8 << 20) as disk:
        run = prepared(disk / "run", store, num_steps=6, checkpoints=saving, **UNSEEN)
        saver = Checkpointer()
        if goes_on:
            kinds = [event["kind"] for event in trained(run, Filling(disk, saver), saver)]
            assert kinds.count("checkpoint_failed") == 5
            assert checkpoint_paths(run.job.folder)[-1] == run.job.folder.checkpoint(6)
        else:
            with pytest.raises(DiskFullError):
                trained(run, Filling(disk, saver), saver)
            assert run.state.step == 3
        run.job.close()


def test_every_kth_checkpoint_is_kept_for_ever_and_planned(tmp_path: Path, store: Path) -> None:
    saving = {"every_steps": 2, "keep_last": 2, "keep_every_steps": 6}
    out = train(tmp_path, "run", store, num_steps=16, checkpoints=saving, **UNSEEN)
    kept = [step_of(path) for path in checkpoint_paths(JobFolder(out))]
    assert kept == [6, 12, 14, 16]
    planned = TrainSpec.load(tmp_path / "run.yaml").resolve()
    assert plan_training(planned).disk.num_kept == len(kept)
