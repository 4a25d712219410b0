"""Every knob of the job system, read from the environment once.

TRAINYARD_CPU_SLOTS, TRAINYARD_GPU_SLOTS, TRAINYARD_HOST, TRAINYARD_STOP_GRACE_SECONDS,
TRAINYARD_MIN_FREE_MB, TRAINYARD_TICK_SECONDS, TRAINYARD_LAUNCH_PATIENCE_SECONDS,
TRAINYARD_FROZEN_SECONDS.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from training.planning.machine import num_cores, num_gpus


@dataclass(frozen=True)
class JobSettings:
    """What one machine offers and how patient its supervisor is."""

    host: str
    num_cpu_slots: int
    num_gpu_slots: int
    #: From a request to save until the tree is ended by force.
    stop_grace_seconds: float
    #: Nothing new is started with less free disk than this.
    min_free_bytes: int
    tick_seconds: float
    #: How long a launch may take to show itself before it is repeated.
    launch_patience_seconds: float
    #: How long a heartbeat may stand still before the page says so.
    frozen_seconds: float


def job_settings() -> JobSettings:
    """From the environment, with defaults that need none."""
    return JobSettings(
        host=os.environ.get("TRAINYARD_HOST") or socket.gethostname(),
        # Two at least, or a long training would keep a report from being written.
        num_cpu_slots=int(_number("TRAINYARD_CPU_SLOTS", max(2, num_cores()))),
        num_gpu_slots=int(_number("TRAINYARD_GPU_SLOTS", num_gpus())),
        stop_grace_seconds=_number("TRAINYARD_STOP_GRACE_SECONDS", 120),
        min_free_bytes=int(_number("TRAINYARD_MIN_FREE_MB", 200) * 1_000_000),
        tick_seconds=_number("TRAINYARD_TICK_SECONDS", 2),
        launch_patience_seconds=_number("TRAINYARD_LAUNCH_PATIENCE_SECONDS", 5),
        frozen_seconds=_number("TRAINYARD_FROZEN_SECONDS", 60),
    )


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1
    if value < 0 or value != value:
        raise ImproperlyConfigured(f"{name}={text!r} is not understood; accepted: 0 or more.")
    return value
