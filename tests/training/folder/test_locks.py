"""The tree lock tells the living from the dead, whoever was killed and however."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from training.folder.locks import FolderLock, hold_tree_lock, is_tree_alive

_HOLD = "import sys,time; from pathlib import Path; from training.folder.locks import *;"


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD + code, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_killed_process_frees_the_lock_and_one_of_two_does_not(tmp_path: Path) -> None:
    path = tmp_path / "tree.lock"
    code = "l=hold_tree_lock(Path(sys.argv[1])); print('held',flush=True); time.sleep(60)"
    first, second = start(code, str(path)), start(code, str(path))
    assert is_tree_alive(path)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert is_tree_alive(path)
    second.send_signal(signal.SIGKILL)
    second.communicate()
    assert not is_tree_alive(path)


def test_probing_does_not_take_the_lock_away(tmp_path: Path) -> None:
    lock = hold_tree_lock(tmp_path / "tree.lock")
    for _ in range(3):
        assert is_tree_alive(tmp_path / "tree.lock")
    lock.close()
    assert not is_tree_alive(tmp_path / "tree.lock")
    assert not is_tree_alive(tmp_path / "missing.lock")


def test_a_lock_is_not_inherited_by_children(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "wrapper.lock")
    assert lock.try_exclusive()
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    lock.close()
    try:
        assert not is_tree_alive(tmp_path / "wrapper.lock")
    finally:
        child.kill()
        child.wait()


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    inner = "from training.folder.locks import *; import time; die_with_parent(); time.sleep(60)"
    code = (
        "import subprocess; c=subprocess.Popen([sys.executable,'-c',sys.argv[1]]);"
        "time.sleep(1); print(c.pid,flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD + code, inner], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _runs(child):
        time.sleep(0.05)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
