"""Kills inside a checkpoint write, full disks, flipped bytes: something whole is always left."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.training.folder.small_disk import fill, small_disk
from tests.training.loop.test_resume import assert_equal_runs, steps_on_disk
from tests.training.loop.tiny import make_store, series, train, write_spec
from tests.training.processes import Attempt
from training.events import all_events
from training.folder.layout import JobFolder
from training.loop.checkpoint import checkpoint_paths, damage, newest_whole


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


#: Writes that may pass in an attempt before the one that is hit.
MAX_SKIPPED = 2
#: Wide enough that a checkpoint takes long enough to be hit.
MODEL = {"num_layers": 2, "width": 256, "num_heads": 2, "context_length": 32, "dropout": 0.1}


def changes_for(num_kills: int) -> dict[str, Any]:
    """Every step is saved, and there are more steps than the kills let pass."""
    num_steps = (MAX_SKIPPED + 1) * num_kills
    return {"model": MODEL, "num_steps": num_steps, "checkpoints": {"every_steps": 1}}


class Writing:
    """Says when an attempt stands still inside the write of a checkpoint, to be killed there."""

    def __init__(self, attempt: Attempt, folder: Path, dice: random.Random) -> None:
        self.process = psutil.Process(attempt.ranks[0].pid)
        self.folder = folder
        self.dice = dice
        self.num_skipped = dice.randint(0, MAX_SKIPPED)
        self.seen: set[str] = set()

    def under_way(self) -> set[str]:
        """Checkpoints that are being written: newer than every whole one, others are removed."""
        newest = max((path.name for path in whole(self.folder)), default="")
        return {path.stem for path in self.folder.glob("*.tmp") if path.stem > newest}

    def stands_still(self) -> bool:
        """Let some writes pass, wait a little into the next one, suspend, and look again."""
        self.seen |= self.under_way()
        if len(self.seen) <= self.num_skipped or not self.under_way():
            return False
        time.sleep(self.dice.random() * 0.03)
        self.process.suspend()
        while self.process.status() not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}:
            time.sleep(0.0005)
        if self.under_way():
            return True
        self.process.resume()
        return False


def whole(folder: Path) -> list[Path]:
    return [path.parent for path in folder.glob("step-????????/manifest.json")]


def kill_inside_writes(tmp_path: Path, store: Path, num_kills: int) -> None:
    changes = changes_for(num_kills)
    twin = train(tmp_path, "twin", store, **changes)
    spec = write_spec(tmp_path / "run.yaml", store, **changes)
    out, dice = tmp_path / "run", random.Random(7)
    for _ in range(num_kills):
        attempt = Attempt("train", spec, out)
        writing = Writing(attempt, out / "checkpoints", dice)
        assert attempt.kill_when(writing.stands_still), "the run ended before it was killed"
        assert writing.under_way(), "the kill did not fall inside a write"
        assert all(not damage(path) for path in checkpoint_paths(JobFolder(out)))
    attempt = Attempt("train", spec, out)
    assert attempt.wait() == [0], attempt.log()
    assert not list((out / "checkpoints").glob("*.tmp"))
    assert_equal_runs(out, twin)


def test_ten_kills_inside_a_checkpoint_write(tmp_path: Path, store: Path) -> None:
    kill_inside_writes(tmp_path, store, 10)


@pytest.mark.slow
def test_fifty_kills_inside_a_checkpoint_write(tmp_path: Path, store: Path) -> None:
    kill_inside_writes(tmp_path, store, 50)


@pytest.mark.parametrize("name", ["rank-0.safetensors", "state.json", "index.json"])
def test_one_flipped_byte_and_the_checkpoint_before_is_used(
    tmp_path: Path, store: Path, name: str
) -> None:
    twin = train(tmp_path, "twin", store, num_steps=40)
    spec = write_spec(tmp_path / "run.yaml", store, num_steps=40)
    out = tmp_path / "run"
    assert Attempt("train", spec, out).kill_when(lambda: steps_on_disk(out) >= 20)
    newest = newest_whole(JobFolder(out)).path
    assert newest is not None
    data = bytearray((newest / name).read_bytes())
    data[len(data) // 2] ^= 1
    (newest / name).write_bytes(bytes(data))
    attempt = Attempt("train", spec, out)
    assert attempt.wait() == [0], attempt.log()
    skipped = [e for e in all_events(out / "events.jsonl") if e["kind"] == "checkpoint_skipped"]
    assert [e["path"] for e in skipped] == [newest.name]
    assert name in skipped[0]["message"]
    assert_equal_runs(out, twin)


def test_every_checkpoint_damaged_means_a_new_start_and_says_so(
    tmp_path: Path, store: Path
) -> None:
    twin = train(tmp_path, "twin", store, num_steps=40)
    spec = write_spec(tmp_path / "run.yaml", store, num_steps=40)
    out = tmp_path / "run"
    assert Attempt("train", spec, out).kill_when(lambda: steps_on_disk(out) >= 20)
    for path in checkpoint_paths(JobFolder(out)):
        (path / "manifest.json").unlink()
    attempt = Attempt("train", spec, out)
    assert attempt.wait() == [0], attempt.log()
    kinds = [e["kind"] for e in all_events(out / "events.jsonl")]
    assert kinds.count("checkpoint_skipped") >= 2
    assert_equal_runs(out, twin)


def test_a_full_disk_ends_the_run_with_a_sentence_and_room_lets_it_resume(
    tmp_path: Path, store: Path
) -> None:
    twin = train(tmp_path, "twin", store, num_steps=60)
    with small_disk(tmp_path / "disk", num_bytes=8 << 20) as disk:
        spec = write_spec(tmp_path / "run.yaml", store, num_steps=60)
        out = disk / "run"
        attempt = Attempt("train", spec, out, log=tmp_path / "log.txt")
        attempt.wait_until(lambda: steps_on_disk(out) >= 10)
        filler = fill(disk)
        assert attempt.wait() == [4], attempt.log()
        assert "The disk is full: " in attempt.log()
        assert all(not damage(path) for path in checkpoint_paths(JobFolder(out)))
        assert not list((out / "checkpoints").glob("*.tmp"))
        filler.unlink()
        attempt = Attempt("train", spec, out)
        assert attempt.wait() == [0], attempt.log()
        kinds = [e["kind"] for e in all_events(out / "events.jsonl")]
        assert "resumed" in kinds
        assert_equal_runs(out, twin)


def test_a_disk_that_is_full_for_a_while_costs_no_point(tmp_path: Path, store: Path) -> None:
    """Full between two checkpoints only: training goes on and every point is written later."""
    changes = {
        "num_steps": 200,
        "checkpoints": {"every_steps": 0},
        # The first one is the best there will be: saved at step 5, then only at the end.
        "validation": {"every_steps": 5, "max_rows": 2, "min_delta": 100.0},
    }
    twin = train(tmp_path, "twin", store, **changes)
    with small_disk(tmp_path / "disk", num_bytes=8 << 20) as disk:
        spec = write_spec(tmp_path / "run.yaml", store, **changes)
        out = disk / "run"
        attempt = Attempt("train", spec, out, log=tmp_path / "log.txt")
        attempt.wait_until(lambda: bool(checkpoint_paths(JobFolder(out))))
        filler = fill(disk)
        attempt.wait_until(lambda: "The disk is full: metric points wait" in attempt.log())
        num_written = steps_on_disk(out)
        filler.unlink()
        assert attempt.wait() == [0], attempt.log()
        assert num_written < 200
        assert "checkpoint_failed" not in [e["kind"] for e in all_events(out / "events.jsonl")]
        for name in ("train/loss", "validation/loss"):
            assert series(out, name) == series(twin, name)
