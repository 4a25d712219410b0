"""The verb ``sleep``: remembers how long it has slept, so that a resumed sleep is no longer.

Needs nothing but the standard library; the job system's tests kill it in every way.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from training.errors import DataError, DiskFullError, NotFiniteError, OutOfMemoryError
from training.events import EventKind
from training.folder.atomic import read_json, write_json
from training.folder.job import Job
from training.specs.sleep import SleepEnding, SleepSpec

_TICK_SECONDS = 0.1
_SAVE_EVERY_SECONDS = 1.0
_ERRORS = {
    SleepEnding.DATA: DataError("The sleep found no pillow.", advice="Bring one."),
    SleepEnding.NOT_FINITE: NotFiniteError("The sleep became infinite."),
    SleepEnding.DISK_FULL: DiskFullError("The disk is full of dreams.", advice="Wake some."),
    SleepEnding.OUT_OF_MEMORY: OutOfMemoryError("The sleep remembers nothing more."),
}


def run(spec: SleepSpec, job: Job) -> None:
    """Sleep ``spec.seconds`` in all attempts together."""
    if spec.after:
        job.input(spec.after, "report")
    slept = _saved_seconds(job)
    kind = EventKind.RESUMED if slept else EventKind.STARTED
    job.events.write(kind, slept_seconds=slept)
    _start_children(spec.num_children)
    saved_at = slept
    while slept < spec.seconds:
        wanted = job.stop_wanted() if spec.hears_stop else None
        if wanted:
            time.sleep(spec.save_seconds)
            _save(job, slept)
            job.events.write(EventKind.STOPPED, wanted=wanted, slept_seconds=slept)
            return
        time.sleep(_TICK_SECONDS)
        slept += _TICK_SECONDS
        job.progress(slept, spec.seconds, "s")
        if slept - saved_at >= _SAVE_EVERY_SECONDS:
            saved_at = slept
            _save(job, slept)
    _end(spec, job)


def _end(spec: SleepSpec, job: Job) -> None:
    if spec.ending in _ERRORS:
        raise _ERRORS[spec.ending]
    if spec.ending == SleepEnding.BUG:
        raise RuntimeError("The sleep talked.")
    if spec.ending == SleepEnding.KILL:
        _kill_self()
    if spec.leaves_report and job.rank == 0:
        with job.write_output("report") as draft:
            (draft.path / "report.md").write_text("Slept well.\n", encoding="utf-8")
            draft.counts["num_seconds"] = spec.seconds
    job.events.write(EventKind.FINISHED)


def _kill_self() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def _start_children(count: int) -> None:
    """Children that nobody waits for and that no process group holds."""
    for _ in range(count):
        subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(86400)"], start_new_session=True
        )


def _path(job: Job) -> Path:
    return job.folder.checkpoints / "slept.json"


def _saved_seconds(job: Job) -> float:
    return float((read_json(_path(job)) or {}).get("slept_seconds", 0.0))


def _save(job: Job, slept: float) -> None:
    if job.rank == 0:
        job.folder.checkpoints.mkdir(exist_ok=True)
        write_json(_path(job), {"slept_seconds": slept})
