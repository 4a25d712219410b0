"""Whether a job's processes live, told by flock and not by process ids.

The wrapper and every process of a job hold ``tree.lock`` shared. Whoever can take it exclusively
knows that the whole tree is dead. Children also carry the parent-death signal, so that killing a
parent leaves none behind. Linux only; on network file systems flock is no truth (see
architecture: heartbeat and scheduler state decide there).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_TRIES, _PAUSE_SECONDS = 20, 0.05


class FolderLock:
    """An open lock file. Closing it, or dying, releases the lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not inheritable: each process must open and lock for itself, or a forgotten
        # descriptor in a helper would keep a dead job alive.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def share(self) -> None:
        """Wait for and hold the lock shared (a prober holds it for microseconds at most)."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Hold the lock exclusively if nobody else holds it in any way."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def exclusive(self) -> bool:
        """``try_exclusive`` for a second: who only asks whether a tree lives briefly holds it."""
        for _ in range(_TRIES):
            if self.try_exclusive():
                return True
            time.sleep(_PAUSE_SECONDS)
        return False

    def close(self) -> None:
        """Release."""
        os.close(self._descriptor)


def is_tree_alive(tree_lock: Path) -> bool:
    """Whether any process of the job still holds its tree.lock. A missing file means no."""
    if not tree_lock.exists():
        return False
    lock = FolderLock(tree_lock)
    try:
        return not lock.try_exclusive()
    finally:
        lock.close()


def hold_tree_lock(tree_lock: Path) -> FolderLock:
    """Hold tree.lock shared for the life of this process; keep the returned object."""
    lock = FolderLock(tree_lock)
    lock.share()
    return lock


def die_with_parent(parent: int | None = None) -> None:
    """Ask the kernel to SIGKILL this process when the thread that started it ends.

    ``parent`` is the process id expected as parent; when it has already changed the parent died
    before this call, and the process ends at once.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)
