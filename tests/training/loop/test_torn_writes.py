"""Kills inside a checkpoint write, full disks, flipped bytes: something whole is always left."""

from __future__ import annotations

import random
import time
from pathlib import Path

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


#: Wide enough that a checkpoint takes long enough to be hit.
WIDE = {
    "model": {
        "num_layers": 2,
        "width": 256,
        "num_heads": 2,
        "context_length": 32,
        "dropout": 0.1,
    },
    "num_steps": 30,
}


def kill_inside_writes(tmp_path: Path, store: Path, num_kills: int) -> None:
    twin = train(tmp_path, "twin", store, **WIDE)
    spec = write_spec(tmp_path / "run.yaml", store, **WIDE)
    out, dice, done, torn = tmp_path / "run", random.Random(7), 0, 0
    while done < num_kills:
        attempt = Attempt("train", spec, out)
        skipped = dice.randint(0, 2)
        seen: set[str] = set()

        def is_writing(skipped: int = skipped, seen: set[str] = seen) -> bool:
            seen |= {path.name for path in (out / "checkpoints").glob("*.tmp")}
            if len(seen) <= skipped or not list((out / "checkpoints").glob("*.tmp")):
                return False
            time.sleep(dice.random() * 0.03)
            return True

        if not attempt.kill_when(is_writing):
            break
        done += 1
        torn += bool(list((out / "checkpoints").glob("*.tmp")))
        assert all(not damage(path) for path in checkpoint_paths(JobFolder(out)))
    assert torn > 0, "no kill fell inside a write; the test shows nothing"
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
    Attempt("train", spec, out).kill_when(lambda: steps_on_disk(out) >= 20)
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
    twin = train(tmp_path, "twin", store)
    spec = write_spec(tmp_path / "run.yaml", store)
    out = tmp_path / "run"
    Attempt("train", spec, out).kill_when(lambda: steps_on_disk(out) >= 20)
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
        attempt = Attempt("train", spec, out)
        while steps_on_disk(out) < 10:
            time.sleep(0.005)
        filler = fill(disk)
        assert attempt.wait() == [4], attempt.log()
        assert "disk is full" in attempt.log() or not attempt.log()
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
    changes = {"num_steps": 60, "checkpoints": {"every_steps": 0}, "validation": {"every_steps": 0}}
    twin = train(tmp_path, "twin", store, **changes)
    with small_disk(tmp_path / "disk", num_bytes=8 << 20) as disk:
        spec = write_spec(tmp_path / "run.yaml", store, **changes)
        out = disk / "run"
        attempt = Attempt("train", spec, out)
        while steps_on_disk(out) < 5:
            time.sleep(0.002)
        filler = fill(disk)
        time.sleep(0.3)
        filler.unlink()
        assert attempt.wait() == [0], attempt.log()
        assert series(out, "train/loss") == series(twin, "train/loss")
