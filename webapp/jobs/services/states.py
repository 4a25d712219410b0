"""The one place where a job's state changes: one conditional UPDATE, counted.

Whoever holds an out-of-date row changes nothing: the UPDATE asks for the state and the attempt
that the row in hand shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from webapp.jobs.models import Job, StateVersion
from webapp.jobs.states import State, may_follow

_VERSION_ROW = 1


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

    ``columns`` change in the same statement. ValueError when the states' table forbids the step.
    """
    if not may_follow(job.state, after):
        raise ValueError(f"job {job.pk}: {after} may not follow {job.state}")
    return _update(
        job, state=after, state_since=timezone.now(), **_why(code, data, advice), **columns
    )


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
        unchanged = Job.objects.filter(pk=job.pk, state=job.state, attempt=job.attempt)
        if not unchanged.update(**columns):
            return False
    job.refresh_from_db(fields=list(columns))
    return True
