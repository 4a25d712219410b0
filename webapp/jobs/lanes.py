"""The queue's two lanes: launches, and everything else, which may take long.

To check a checkpoint or to delete a big folder takes minutes. Each lane has one worker: what takes
long is done one after the other, and no launch ever waits behind it.
"""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings
from huey import Huey
from huey.consumer import Consumer

_OPTIONS: dict[str, Any] = {
    "workers": 1,
    "worker_type": "thread",
    "periodic": False,
    "initial_delay": 0.1,
    "max_delay": 0.5,
    "backoff": 1.15,
    "check_worker_health": True,
}


def lane_beside(shared: Huey, name: str) -> Huey:
    """Another queue in the same place (file or Redis) as ``shared``."""
    return type(shared)(name, results=False, serializer=shared.serializer, **shared.storage_kwargs)


LAUNCHES: Huey = lane_beside(settings.HUEY, "trainyard-launches")


class Lane(Consumer):
    """A lane's consumer that hears no signals, and so can run in any thread."""

    def __init__(self, queue: Huey) -> None:
        super().__init__(queue, **_OPTIONS)

    def _set_signal_handlers(self) -> None:
        """Whoever started it stops it."""


def serve() -> None:
    """Work off both lanes until SIGTERM or SIGINT; call it from the main thread."""
    long_lane = Lane(settings.HUEY)
    threading.Thread(target=long_lane.run, daemon=True).start()
    Consumer(LAUNCHES, **_OPTIONS).run()
    long_lane.stop()


def ask_once(task: Any, *arguments: object) -> bool:
    """Put a task into its queue; False when it waits there already, to be done from now on."""
    name = f"{task.task_class.__module__}.{task.task_class.__name__}"
    queue = task.huey
    waiting = [queue.serializer.deserialize(item) for item in queue.storage.enqueued_items()]
    if any(one.name == name and one.args == arguments for one in waiting):
        return False
    task(*arguments)
    return True
