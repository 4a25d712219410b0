"""What the queue carries: short, idempotent, by id. Whatever is lost the supervisor asks again.

A task that runs when its consumer is killed is gone without a trace (measured), so no task may
hold anything that is not in a row or a folder already.
"""

from __future__ import annotations

import uuid

from huey.contrib.djhuey import db_task, task

_LAUNCH_PRIORITY = 10


@db_task(priority=_LAUNCH_PRIORITY)
def _launch(job_id: str, attempt: int) -> None:
    from webapp.jobs.services.launching import launch

    launch(uuid.UUID(job_id), attempt)


@db_task()
def _schedule() -> None:
    from webapp.jobs.services.scheduling import schedule_waiting

    schedule_waiting()


@task()
def _delete_folder(name: str) -> None:
    from webapp.jobs.services.deletion import empty_trash

    empty_trash(name)


def launch(job_id: uuid.UUID, attempt: int) -> None:
    """Ask the queue to start this attempt."""
    _launch(str(job_id), attempt)


def schedule() -> None:
    """Ask the queue to look now for what can start; the supervisor looks anyway."""
    _schedule()


def delete_folder(name: str) -> None:
    """Ask the queue to remove a folder that was put into the trash."""
    _delete_folder(name)
