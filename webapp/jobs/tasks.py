"""What the queue carries: short, idempotent, by id. Whatever is lost the supervisor asks again.

A task that runs when its consumer is killed is gone without a trace (measured), so no task may
hold anything that is not in a row or a folder already. What waits in the queue is not asked for a
second time, however often the supervisor asks.
"""

from __future__ import annotations

import uuid

from huey.contrib.djhuey import close_db, task

from webapp.jobs.lanes import LAUNCHES, ask_once

_LAUNCH_PRIORITY = 10


@LAUNCHES.task(priority=_LAUNCH_PRIORITY)
@close_db
def _launch(job_id: str, attempt: int) -> None:
    from webapp.jobs.services.launching import launch

    launch(uuid.UUID(job_id), attempt)


@LAUNCHES.task()
@close_db
def _schedule() -> None:
    from webapp.jobs.services.scheduling import schedule_waiting

    schedule_waiting()


@task()
@close_db
def _delete_folder(name: str) -> None:
    from webapp.jobs.services.deletion import empty_trash

    empty_trash(name)


def launch(job_id: uuid.UUID, attempt: int) -> bool:
    """Ask the queue to start this attempt; False when it has been asked and not come to it yet."""
    return ask_once(_launch, str(job_id), attempt)


def schedule() -> None:
    """Ask the queue to look now for what can start; the supervisor looks anyway."""
    ask_once(_schedule)


def delete_folder(name: str) -> None:
    """Ask the queue to remove a folder that was put into the trash."""
    ask_once(_delete_folder, name)
