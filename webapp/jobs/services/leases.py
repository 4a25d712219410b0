"""Slots of a machine as rows: a unique constraint, not a count, keeps two jobs apart.

A lease is given back when its attempt has ended, never because a clock says so: ``until`` is for
a reader on another machine, whose supervisor may be gone.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from webapp.jobs.models import Job, Lease, SlotKind
from webapp.jobs.states import ACTIVE

LEASE_SECONDS = 60


def num_slots(kind: str) -> int:
    """How many this machine has."""
    jobs = settings.JOBS
    return int(jobs.num_gpu_slots if kind == SlotKind.GPU else jobs.num_cpu_slots)


def slots_needed(job: Job) -> int:
    """Slots that the job takes; more processes than cores share them, GPUs are not shared."""
    if job.slot_kind == SlotKind.GPU:
        return job.num_slots
    return min(job.num_slots, num_slots(SlotKind.CPU))


def free_slots(kind: str) -> list[int]:
    """Indexes of this machine's slots that nobody holds."""
    held = Lease.objects.filter(host=settings.JOBS.host, kind=kind).values_list("index", flat=True)
    return sorted(set(range(num_slots(kind))) - set(held))


def take(job: Job, *, attempt: int, indexes: list[int]) -> None:
    """Hold these slots; IntegrityError when somebody was faster."""
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    Lease.objects.bulk_create(
        Lease(
            host=settings.JOBS.host,
            kind=job.slot_kind,
            index=index,
            job=job,
            attempt=attempt,
            until=until,
        )
        for index in indexes
    )


def release(job: Job) -> None:
    """Give back what this attempt at the job holds; another one's slots are not its own."""
    Lease.objects.filter(job=job, attempt=job.attempt).delete()


def renew_and_sweep() -> None:
    """Prolong the leases of jobs that are active, remove those of attempts that are over."""
    mine = Lease.objects.filter(host=settings.JOBS.host)
    mine.exclude(job__state__in=ACTIVE, attempt=F("job__attempt")).delete()
    soon = timezone.now() + timedelta(seconds=LEASE_SECONDS / 2)
    fresh = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    mine.filter(Q(until__lt=soon) | Q(until__gt=fresh)).update(until=fresh)
