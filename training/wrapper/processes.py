"""Starting, listing and ending processes: never by name, always by pid and create time. Linux only.

The wrapper is a subreaper: a process whose parent dies becomes its child, so that no rank can
slip out of the tree, whatever session it made for itself.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

import psutil

from training.folder.locks import die_with_parent

_PR_SET_CHILD_SUBREAPER = 36
_NICENESS = 10
_LOOK_SECONDS = 0.05
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Identity(TypedDict):
    """Which process this is, for as long as the machine is up."""

    pid: int
    create_time: float
    boot_id: str


def own_identity() -> Identity:
    """Of this process."""
    pid = os.getpid()
    return Identity(pid=pid, create_time=psutil.Process(pid).create_time(), boot_id=boot_id())


def boot_id() -> str:
    """Differs after every start of the machine; empty where the kernel does not tell."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent dies."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def start(argv: list[str], *, environment: dict[str, str], folder: Path, log: Path) -> int:
    """Start a child that dies with this process, at nice +10, printing into ``log``; its pid.

    Call it from the main thread: the parent-death signal follows the thread.
    """
    parent = os.getpid()

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.nice(_NICENESS)
        die_with_parent(parent)

    with log.open("ab") as output:
        child = subprocess.Popen(
            argv,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=prepare,
        )
    # The caller waits by pid; a Popen object that is thrown away would wait too.
    child.returncode = 0
    return child.pid


def ended_status(pid: int) -> int | None:
    """Reap whatever has ended; exit status of ``pid`` as subprocess counts it, None if it runs.

    Nobody else may wait for a child of this process. Should it happen all the same, what is no
    child any more counts as ended by SIGKILL, or a caller would wait for it for ever.
    """
    found: int | None = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return -signal.SIGKILL if found is None else found
        if ended == 0:
            return found
        if ended == pid:
            found = os.waitstatus_to_exitcode(status)


def descendants() -> list[psutil.Process]:
    """All living processes below this one."""
    return [one for one in psutil.Process().children(recursive=True) if _lives(one)]


def any_suspended() -> bool:
    """Whether a process of the tree is stopped by a signal (SIGSTOP, a debugger)."""
    return any(_status(one) == psutil.STATUS_STOPPED for one in descendants())


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to each; psutil refuses a pid that has been given to another process."""
    for one in processes:
        try:
            one.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def kill_all(seconds: float) -> bool:
    """SIGKILL everything below this process until nothing is left; False when time is up.

    Listed before killing and again after: a process may be born in between. What is dead is left
    for `ended_status` to reap: a child's exit status can be had only once.
    """
    deadline = time.monotonic() + seconds
    while left := descendants():
        if time.monotonic() > deadline:
            return False
        send(left, signal.SIGKILL)
        time.sleep(_LOOK_SECONDS)
    return True


def marked(mark: str, value: str | None = None) -> Iterator[tuple[psutil.Process, str]]:
    """Living processes of this user whose environment has ``mark`` (with that value, if given)."""
    start_of_entry = f"{mark}=".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            entries = (folder / "environ").read_bytes().split(b"\0")
            found = next((entry for entry in entries if entry.startswith(start_of_entry)), None)
            if found is None:
                continue
            text = found[len(start_of_entry) :].decode(errors="replace")
            if value is None or text == value:
                yield psutil.Process(int(folder.name)), text
        except (OSError, psutil.NoSuchProcess):
            continue


def end_strays(mark: str, value: str, seconds: float) -> int:
    """SIGKILL every marked process but this one and its ancestors; how many there were.

    A rank that has not yet taken its lock is told by nothing else than its environment.
    """
    spared = {os.getpid(), *(one.pid for one in psutil.Process().parents())}
    strays = [one for one, _ in marked(mark, value) if one.pid not in spared and _lives(one)]
    send(strays, signal.SIGKILL)
    deadline = time.monotonic() + seconds
    while any(_lives(one) for one in strays) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    return len(strays)


def _lives(process: psutil.Process) -> bool:
    return _status(process) not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_DEAD)
