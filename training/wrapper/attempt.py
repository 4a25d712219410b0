"""One attempt: locks, records, child, watch, end. Everything is on disk before the next step.

1. wrapper.lock exclusive (one wrapper); strays of an earlier attempt are ended; tree.lock exclusive
   for a moment (no living tree), then shared until the end.
2. pid.json with the attempt's number: from here on this attempt has been started, and is never
   started again.
3. The child. 4. Signals, the stop request, a heartbeat. 5. Everything below is dead.
6. exit.json, last.
"""

from __future__ import annotations

import os
import signal
import socket
import time
import traceback
from pathlib import Path
from typing import Any

from training.errors import ExitCode, Problem, SpecError, TrainyardError
from training.events import EventKind, EventWriter
from training.folder.atomic import disk_full, is_full
from training.folder.layout import JobFolder
from training.folder.locks import FolderLock
from training.wrapper import processes, reserve
from training.wrapper.command import JOB_MARK, SOURCE_FOLDER, argv_of, environment_of, read_request
from training.wrapper.ending import Ending, Witnesses, classify, size_of
from training.wrapper.memory import num_oom_kills
from training.wrapper.records import last_attempt, record_at, whole_number
from training.wrapper.stopping import Stopping, drop_old_request

BEAT_SECONDS = 2.0
_BEATS_PER_LOOK = 2
_SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
_KILL_SECONDS = 5.0


def run_attempt(root: Path, number: int | None) -> str:
    """Run the job in ``root`` once, to its end; returns a sentence on what was done.

    Raises SpecError for a folder without spec.json, TrainyardError when another tree lives in it,
    DiskFullError when not even its records fit; nothing was started then.
    """
    folder = JobFolder(root)
    if not root.is_dir():
        problem = Problem(
            "folder", "there is no such folder", got=str(root), expected="a job folder"
        )
        raise SpecError([problem])
    wrapper_lock = FolderLock(folder.wrapper_lock)
    tree_lock = FolderLock(folder.tree_lock)
    try:
        if not wrapper_lock.exclusive():
            return f"Another wrapper runs the job {root.name}; nothing was started."
        before = last_attempt(folder)
        number = before + 1 if number is None else number
        if number <= before:
            return f"Attempt {number} at the job {root.name} was started before; not again."
        num_strays = processes.end_strays(JOB_MARK, str(root), _KILL_SECONDS)
        _take_tree_lock(tree_lock, root)
        ending = _Attempt(folder, number, tree_lock).run(num_strays)
        return f"Attempt {number} at the job {root.name} ended: {ending.kind}."
    finally:
        tree_lock.close()
        wrapper_lock.close()


class _Attempt:
    """One run of the child."""

    def __init__(self, folder: JobFolder, number: int, tree_lock: FolderLock) -> None:
        self.folder = folder
        self.number = number
        self.tree_lock = tree_lock
        self.stopping = Stopping(folder, number)
        self.num_beats = 0
        self.is_suspended = False

    def run(self, num_strays: int) -> Ending:
        """Everything from the records to exit.json; raises SpecError before the first record."""
        verb, spec = read_request(self.folder)
        argv = argv_of(self.folder, verb, int(spec.get("num_processes") or 1))
        started = time.time()
        reserve.lay_by(self.folder)
        self._clear_traces()
        self._record(argv)
        events = EventWriter(self.folder.wrapper_events, generation=self.number)
        events.write(EventKind.STARTED, attempt=self.number, num_strays_ended=num_strays)
        try:
            # Given up for the first record, it is missed here: there is no room for a job then.
            reserve.lay_by(self.folder)
            ending = self._run_child(argv, environment_of(self.folder, spec, os.environ))
        except Exception as error:  # noqa: BLE001 - the boundary of a wrapper
            ending = self._failure(error)
        self._wait_until_alone()
        facts = ending.as_dict()
        events.write(EventKind.ENDED, attempt=self.number, how=facts.pop("kind"), **facts)
        events.close()
        self._write_exit(ending, started)
        return ending

    def _run_child(self, argv: list[str], environment: dict[str, str]) -> Ending:
        log_start, events_start = size_of(self.folder.log), size_of(self.folder.events)
        oom_kills_before = num_oom_kills()
        code = self._watch(argv, environment)
        seen = Witnesses(
            self.folder,
            log_start,
            events_start,
            forced=self.stopping.forced,
            num_oom_kills=max(0, num_oom_kills() - oom_kills_before),
        )
        return classify(code, seen)

    def _failure(self, error: Exception) -> Ending:
        """How it ended when the wrapper itself failed."""
        if is_full(error):
            told = disk_full(self.folder.root)
            return Ending(told.kind, ExitCode.DISK_FULL, told.message, told.advice)
        traceback.print_exception(error)
        return Ending("bug", 1, f"the wrapper failed: {type(error).__name__}: {error}.")

    def _clear_traces(self) -> None:
        """What an earlier attempt left must not be taken for this one's."""
        if self.folder.exit.exists():
            earlier = whole_number(record_at(self.folder.exit), "attempt") or self.number - 1
            self.folder.exit.rename(self.folder.earlier_exit(earlier))
        for file in self.folder.errors.glob("rank-*.json"):
            file.unlink()
        self.folder.endpoint.unlink(missing_ok=True)
        drop_old_request(self.folder, self.number)

    def _record(self, argv: list[str]) -> None:
        record: dict[str, Any] = {
            **processes.own_identity(),
            "attempt": self.number,
            "host": socket.gethostname(),
            "argv": argv,
        }
        reserve.write_record(self.folder, self.folder.pid, record)

    def _watch(self, argv: list[str], environment: dict[str, str]) -> int:
        """Start the child and see it to its end; its exit code."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        processes.adopt_orphans()
        child = processes.start(
            argv, environment=environment, folder=SOURCE_FOLDER, log=self.folder.log
        )
        next_beat = time.monotonic()
        while True:
            got = signal.sigtimedwait(_SIGNALS, max(0.0, next_beat - time.monotonic()))
            if got is not None and got.si_signo != signal.SIGCHLD:
                self.stopping.ask()
            code = processes.ended_status(child)
            if code is not None:
                return code
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + BEAT_SECONDS
                self._beat()
                self.stopping.press()

    def _beat(self) -> None:
        """Raise the counter; a reader compares two readings and needs no clock."""
        if self.num_beats % _BEATS_PER_LOOK == 0:
            self.is_suspended = processes.any_suspended()
        self.num_beats += 1
        text = f'{{"count": {self.num_beats}, "suspended": {str(self.is_suspended).lower()}}}\n'
        temporary = self.folder.heartbeat.with_name(".heartbeat.tmp")
        try:
            temporary.write_text(text, encoding="ascii")
            temporary.replace(self.folder.heartbeat)
        except OSError:
            # A full disk must not end the job; the lock, not this file, says that it lives.
            temporary.unlink(missing_ok=True)

    def _wait_until_alone(self) -> None:
        """Nothing of the tree may be left when exit.json appears; the lock is the proof."""
        while True:
            processes.kill_all(_KILL_SECONDS)
            processes.ended_status(0)
            if self.tree_lock.exclusive():
                return
            self._beat()
            time.sleep(BEAT_SECONDS)

    def _write_exit(self, ending: Ending, started: float) -> None:
        record = {
            **ending.as_dict(),
            "attempt": self.number,
            "started": started,
            "ended": time.time(),
        }
        reserve.write_record(self.folder, self.folder.exit, record)
        reserve.give_up(self.folder)


def _take_tree_lock(lock: FolderLock, root: Path) -> None:
    if not lock.exclusive():
        raise TrainyardError(
            f"Processes of an earlier attempt still live in {root.name}; nothing was started.",
            advice="Wait until they have ended.",
        )
    lock.share()
