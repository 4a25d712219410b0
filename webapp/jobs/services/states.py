"""The one place where a job's state changes: one conditional UPDATE, counted.

Whoever holds an out-of-date row changes nothing: the UPDATE asks for the state, the attempt and
the wish that the row in hand shows. The number of the change is taken first, and with it the lock
of its one row: whoever asks for a number waits for all changes before his own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from webapp.jobs.models import Job, StateVersion
from webapp.jobs.services import leases
from webapp.jobs.states import ACTIVE, ENDED, State, Wanted, may_follow

_VERSION_ROW = 1


@transaction.atomic
def change_state(
    job: Job,
    after: State,
    code: str,
    *,
    data: Mapping[str, Any] | None = None,
    advice: str = "",
    **columns: Any,
) -> bool:
    """Bring ``job`` to state ``after`` for the reason ``code``; False when somebody was faster.

    ``columns`` change in the same statement, and when it ended follows from the state. A job that
    is active no longer gives back its slots. ValueError when the states' table forbids the step.
    """
    if not may_follow(job.state, after):
        raise ValueError(f"job {job.pk}: {after} may not follow {job.state}")
    now = timezone.now()
    times = {"state_since": now, "ended_at": now if after in ENDED else None}
    if not _update(job, state=after, **times, **_why(code, data, advice), **columns):
        return False
    if after not in ACTIVE:
        leases.release(job)
    return True


def set_wanted(job: Job, wanted: Wanted) -> bool:
    """Another wish for an attempt as the row in hand shows it; False when the row has changed."""
    return _update(job, wanted=wanted)


def set_reason(job: Job, code: str, *, data: Mapping[str, Any] | None = None) -> bool:
    """Another reason for the same state; nothing is written when it is the same reason."""
    if job.reason_code == code and job.reason_data == dict(data or {}):
        return False
    return _update(job, **_why(code, data, ""))


@transaction.atomic
def next_version() -> int:
    """One more state change; the number is unique and rising."""
    row, _ = StateVersion.objects.get_or_create(pk=_VERSION_ROW)
    StateVersion.objects.filter(pk=row.pk).update(number=F("number") + 1)
    row.refresh_from_db(fields=["number"])
    return row.number


def _why(code: str, data: Mapping[str, Any] | None, advice: str) -> dict[str, Any]:
    return {"reason_code": code, "reason_data": dict(data or {}), "advice": advice}


def _update(job: Job, **columns: Any) -> bool:
    with transaction.atomic():
        columns |= {"version": next_version(), "updated_at": timezone.now()}
        unchanged = {name: getattr(job, name) for name in ("pk", "state", "attempt", "wanted")}
        if not Job.objects.filter(**unchanged).update(**columns):
            return False
    job.refresh_from_db(fields=list(columns))
    return True
