"""A parser that takes too much is ended, its file refused by name, and the next file is read."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from training.corpus.extract.watch import Limits, WatchedChild, limits_for

ROOMY = Limits(memory_bytes=1 << 30, cpu_seconds=60, wall_seconds=60)


@pytest.fixture
def child():
    watched = WatchedChild()
    yield watched
    watched.close()


def task(folder, data: bytes, name="file.jsonl"):
    path = folder / name
    path.write_bytes(data)
    return {
        "name": name,
        "path": str(path),
        "format": "jsonl",
        "options": {},
        "out": str(folder / "out.arrow"),
    }


def ignore(position: int) -> None:
    """Watch nothing."""


GOOD = b'{"text": "good"}\n'
#: 16 MB that become some 400 MB of Python lists.
BOMB = b'{"text": "x", "y": [' + b"[]," * 5_500_000 + b"[]]}\n"


def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_is_read(tmp_path, child):
    limits = Limits(300 << 20, 60, 60)
    result = child.read(task(tmp_path, BOMB), limits, ignore)
    assert result.refused == "needs more than 314.6 MB of memory to be read"
    assert child.read(task(tmp_path, GOOD), limits, ignore).num_documents == 1


def test_a_file_that_takes_too_much_processor_time_is_refused(tmp_path, child):
    child.read(task(tmp_path, GOOD), ROOMY, ignore)
    result = child.read(task(tmp_path, GOOD * 2_000_000), Limits(1 << 30, 0.3, 60), ignore)
    assert result.refused == "takes more than 0.3 s of processor time to read"


def test_wall_time_is_limited_too(tmp_path, child):
    child.read(task(tmp_path, GOOD), ROOMY, ignore)
    result = child.read(task(tmp_path, GOOD * 2_000_000), Limits(1 << 30, 60, 0.2), ignore)
    assert result.refused == "takes longer than 0.2 s to read"


def test_a_child_that_dies_refuses_its_file_and_is_replaced(tmp_path, child):
    def kill(position: int) -> None:
        for process in psutil.Process().children():
            if "training.corpus.extract.child" in process.cmdline():
                os.kill(process.pid, signal.SIGKILL)

    result = child.read(task(tmp_path, GOOD * 500_000), ROOMY, kill)
    assert result.refused == "broke its parser (it ended with status -9)"
    assert child.read(task(tmp_path, GOOD), ROOMY, ignore).num_documents == 1


def test_progress_is_told_while_a_file_is_read(tmp_path, child):
    seen: list[int] = []
    data = GOOD * 300_000
    child.read(task(tmp_path, data), ROOMY, seen.append)
    assert seen == sorted(seen)
    assert any(0 < position <= len(data) for position in seen)


def test_stopping_while_a_file_is_read_leaves_no_child(tmp_path, child):
    def stop(position: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.read(task(tmp_path, GOOD * 500_000), ROOMY, stop)
    deadline = time.monotonic() + 5
    while psutil.Process().children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not [
        process
        for process in psutil.Process().children()
        if "training.corpus.extract.child" in process.cmdline()
    ]


def test_limits_grow_with_the_file():
    assert limits_for(0, 1, 0).cpu_seconds == 60
    assert limits_for(10_000_000, 1, 0).cpu_seconds == 80
    assert limits_for(10_000_000, 1, 5) == Limits(1, 5, 20)
