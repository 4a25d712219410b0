"""Doing nothing for a while: how the job system is tried without training anything."""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Spec, option


class SleepEnding(StrEnum):
    """How the sleep ends."""

    FINISH = "finish"
    DATA = "data"
    NOT_FINITE = "not_finite"
    DISK_FULL = "disk_full"
    OUT_OF_MEMORY = "out_of_memory"
    BUG = "bug"
    KILL = "kill"


class SleepSpec(Spec):
    """Sleep, and be stopped, fail or resume on the way."""

    verb = "sleep"

    after: str = option(
        "",
        title="After",
        help="Report to wait for; the sleep begins when it is there.",
        artifact="report",
        group="advanced",
    )
    seconds: float = option(
        10.0, title="Length", help="How long to sleep in all.", unit="s", ge=0, le=86_400
    )
    ending: SleepEnding = option(
        SleepEnding.FINISH, title="Ending", help="How it ends when the time is over."
    )
    hears_stop: bool = option(
        True,
        title="Hears the stop request",
        help="Off: it must be ended by force.",
        group="advanced",
    )
    save_seconds: float = option(
        0.0,
        title="Time to save",
        help="How long saving takes after a stop request.",
        unit="s",
        ge=0,
        le=600,
        group="advanced",
    )
    num_children: int = option(
        0,
        title="Children",
        help="Processes in sessions of their own that it starts and leaves.",
        ge=0,
        le=16,
        group="advanced",
    )
    num_processes: int = option(
        1, title="Processes", help="Ranks started by accelerate launch.", ge=1, le=16
    )
    leaves_report: bool = option(
        False, title="Leaves a report", help="So that another job can wait for it."
    )
