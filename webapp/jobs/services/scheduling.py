"""Which waiting job goes next, and why the others do not: strictly by priority, then position.

Nothing overtakes: a job that needs more slots than are free holds back those behind it that need
the same kind, or it would starve. Several processes may look at once; the conditional UPDATE and
the unique leases let one of them win.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from training.folder.locks import is_tree_alive
from training.units import format_bytes
from training.wrapper.records import last_attempt
from webapp.jobs import tasks
from webapp.jobs.models import Job, JobDependency, OnFailure
from webapp.jobs.services import leases
from webapp.jobs.services.isolation import kept_apart
from webapp.jobs.services.states import change_state, set_reason
from webapp.jobs.states import State, Wanted

Verdict = tuple[str, Mapping[str, Any]]

_BAD_ENDS = {State.FAILED, State.STOPPED, State.LOST}


def schedule_waiting() -> int:
    """Queue every job that can start now and say of the others why not; how many were queued."""
    waiting = list(
        Job.objects.filter(state=State.WAITING, wanted=Wanted.RUN)
        .order_by("-priority", "position")
        .prefetch_related("dependencies__on_job", "dependencies__on_artifact")
    )
    if not waiting:
        return 0
    floor = _disk_verdict()
    held_back: dict[str, Job] = {}
    num_queued = 0
    for job in waiting:
        with kept_apart(job):
            num_queued += _place(job, floor, held_back)
    return num_queued


def free_disk_bytes() -> int:
    """Free space where jobs write."""
    return shutil.disk_usage(settings.TRAINYARD_HOME).free


def _place(job: Job, floor: Verdict | None, held_back: dict[str, Job]) -> int:
    """Queue it or say why not; 1 when it was queued here."""
    missing = _input_verdict(job)
    if missing is not None and missing[0] == "input_failed":
        change_state(job, State.FAILED, missing[0], data=missing[1])
        return 0
    verdict = missing or floor or _slot_verdict(job, held_back)
    if verdict is not None:
        set_reason(job, verdict[0], data=verdict[1])
        return 0
    return _queue(job)


def _input_verdict(job: Job) -> Verdict | None:
    """None when every input is there; else what is missing, the hopeless ones first."""
    edges = [edge for edge in job.dependencies.all() if edge.on_job and edge.needs_output]
    hopeless = [edge for edge in edges if _is_hopeless(edge)]
    if hopeless:
        return "input_failed", {"inputs": _titles(hopeless)}
    missing = [edge for edge in edges if _job_of(edge).state != State.FINISHED]
    return ("inputs", {"inputs": _titles(missing)}) if missing else None


def _is_hopeless(edge: JobDependency) -> bool:
    """Failed for good; what still resumes by itself may yet come."""
    maker = _job_of(edge)
    return edge.on_failure == OnFailure.FAIL and maker.state in _BAD_ENDS and not maker.goes_on


def _job_of(edge: JobDependency) -> Job:
    assert edge.on_job is not None
    return edge.on_job


def _titles(edges: list[JobDependency]) -> str:
    return ", ".join(sorted({f"“{_job_of(edge).title}”" for edge in edges}))


def _disk_verdict() -> Verdict | None:
    free, floor = free_disk_bytes(), settings.JOBS.min_free_bytes
    if free >= floor:
        return None
    return "disk_floor", {"free": format_bytes(free), "floor": format_bytes(floor)}


def _slot_verdict(job: Job, held_back: dict[str, Job]) -> Verdict | None:
    kind = job.slot_kind
    if kind in held_back:
        return "behind", {"title": f"“{held_back[kind].title}”"}
    needed, total = leases.slots_needed(job), leases.num_slots(kind)
    free = len(leases.free_slots(kind))
    counts = {"needed": needed, "kind": kind.upper(), "free": free, "total": total}
    if needed > total:
        return "no_slots", counts
    if needed > free:
        held_back[kind] = job
        return "slots", counts
    if job.attempt and is_tree_alive(job.folder.tree_lock):
        return "tree_alive", {}
    return None


def _queue(job: Job) -> int:
    """Leases, a new attempt and the state in one transaction; 1 when it was done here."""
    # A database that was restored may be older than the folder, where no attempt is begun twice.
    attempt = max(job.attempt, last_attempt(job.folder)) + 1
    indexes = leases.free_slots(job.slot_kind)[: leases.slots_needed(job)]
    try:
        with transaction.atomic():
            leases.take(job, attempt=attempt, indexes=indexes)
            if not change_state(job, State.QUEUED, "queued", attempt=attempt, num_launches=0):
                transaction.set_rollback(True)
                return 0
            transaction.on_commit(lambda: tasks.launch(job.pk, attempt))
    except IntegrityError:
        return 0
    return 1
