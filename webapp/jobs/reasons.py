"""Why a job is where it is: one sentence per code, filled with the data stored in its row.

Stored is the code and the data, so that the sentence is read in the reader's language. What a
process said itself (``message`` of exit.json) is data, in English, as it stands in the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

REASONS: dict[str, str | Promise] = {
    "created": _("Waits for its turn."),
    "inputs": _("Waits for %(inputs)s."),
    "input_failed": _("%(inputs)s did not end well, so its result will not come."),
    "input_missing": ngettext_lazy(
        "The folder of the input %(inputs)s is not there any more.",
        "The folders of the inputs %(inputs)s are not there any more.",
        "num_inputs",
    ),
    "slots": ngettext_lazy(
        "Waits for %(needed)s free %(kind)s slot; %(free)s of %(total)s are free.",
        "Waits for %(needed)s free %(kind)s slots; %(free)s of %(total)s are free.",
        "needed",
    ),
    "no_slots": ngettext_lazy(
        "Needs %(needed)s %(kind)s slot; this machine has %(total)s.",
        "Needs %(needed)s %(kind)s slots; this machine has %(total)s.",
        "needed",
    ),
    "behind": _("Waits behind %(title)s, which comes first."),
    "tree_alive": _("Waits until the processes of its last attempt have ended."),
    "disk_floor": _("Waits for disk space: %(free)s are free, %(floor)s are needed to start."),
    "queued": _("Is about to be launched."),
    "queue_behind": _("Waits for the queue, which is busy or does not run."),
    "requeued": _("Is launched again: the queue lost the first launch."),
    "starting": _("Its process is starting."),
    "running": _("In progress."),
    "unattended": _(
        "Something in its folder or rows cannot be made out (%(message)s). It is tried again every "
        "few seconds; the log of the supervisor says more."
    ),
    "frozen": _("Its process lives but gave no sign for %(minutes)s min; it may be suspended."),
    "suspended": _("A process of it is suspended (by a signal or a debugger); nothing is lost."),
    "stop_wanted": _("Was asked to save and stop."),
    "pause_wanted": _("Was asked to save and pause."),
    "shutdown_wanted": _("Was asked to save, because Trainyard is shutting down."),
    "finished": _("Has done all it was asked."),
    "stopped": _("Was stopped after saving."),
    "cancelled": _("Was cancelled before it started."),
    "stopped_hard": _("Was stopped, and ended without saving: %(message)s"),
    "paused": _("Was paused after saving."),
    "paused_hard": _("Was paused, and ended without saving: %(message)s"),
    "shutdown": _("Was saved when Trainyard shut down; it goes on at the next start."),
    "disk_full": _("The disk is full: %(message)s It goes on when there is space again."),
    "resume": _("Goes on from its last checkpoint, as asked."),
    "restarted": _("Goes on after a restart of Trainyard."),
    "space_back": _("Goes on: there is disk space again."),
    "auto_resume": _("Goes on by itself (%(number)s of %(most)s) after: %(why)s"),
    "lost": _("Its processes ended without a word: they were killed, or the machine went down."),
    "signalled": _("Its processes were ended by a signal that Trainyard did not send."),
    "not_launched": _("Could not be launched in %(tries)s tries: %(message)s"),
    # What exit.json of a process that failed says; `message` is a whole sentence.
    "bug": _("Failed: %(message)s"),
    "spec": _("The settings could not be run: %(message)s"),
    "data": _("The data could not be used: %(message)s"),
    "out_of_memory": _("Out of memory: %(message)s"),
    "not_finite": _("The loss or a gradient is not a number: %(message)s"),
    "checkpoint": _("No usable checkpoint: %(message)s"),
    "killed": _("A process was killed from outside: %(message)s"),
}

#: Ends that nobody wished for and that say nothing against trying again.
INTERRUPTIONS = frozenset({"lost", "killed", "signalled"})


def sentence(code: str, data: Mapping[str, Any]) -> str:
    """The reason in the reader's language; what is missing in the data is shown as a dash."""
    template: Any = REASONS.get(code, REASONS["bug"])
    return str(template % _Known(data))


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> _Dash:
        return _Dash()


class _Dash(int):
    """What is not known: none, where a sentence asks how many."""

    def __str__(self) -> str:
        return "-"
