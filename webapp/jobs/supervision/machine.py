"""This machine as a row: slots, memory, free disk, and that its supervisor is alive."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from training.planning.machine import memory_bytes
from webapp.jobs.models import Machine
from webapp.jobs.services.scheduling import free_disk_bytes


def beat() -> None:
    """Raise the supervisor's counter and note what the machine has."""
    jobs = settings.JOBS
    facts = {
        "num_cpu_slots": jobs.num_cpu_slots,
        "num_gpu_slots": jobs.num_gpu_slots,
        "memory_bytes": memory_bytes(),
        "free_disk_bytes": free_disk_bytes(),
        "supervisor_seen_at": timezone.now(),
    }
    machine, _ = Machine.objects.update_or_create(host=jobs.host, defaults=facts)
    Machine.objects.filter(pk=machine.pk).update(supervisor_beat=F("supervisor_beat") + 1)


def queue_seen() -> None:
    """The queue's consumer on this machine answers."""
    defaults = {"queue_seen_at": timezone.now()}
    Machine.objects.update_or_create(host=settings.JOBS.host, defaults=defaults)
