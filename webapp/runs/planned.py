"""What was planned of a run beside what was measured of it, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.planning.comparison import Comparison, compare
from webapp.jobs.models import Job

TITLES: dict[str, str | Promise] = {
    "parameters": _("Parameters"),
    "memory": _("Highest memory"),
    "step": _("Time of a step"),
    "speed": _("Tokens per second"),
    "time": _("Time in all steps"),
    "tokens": _("Tokens"),
    "checkpoint": _("One checkpoint"),
    "disk": _("Checkpoints and model, at most"),
}


@dataclass(frozen=True)
class PlannedLine:
    """One quantity as the table shows it."""

    title: str | Promise
    note: str | Promise
    planned_text: str
    measured: float | None
    measured_text: str
    ratio_text: str


def plan_vs_measured(run: Job) -> list[PlannedLine]:
    """Every planned quantity of a run; [] when it stored no plan."""
    return [_line(found) for found in compare(run.folder)]


def _line(found: Comparison) -> PlannedLine:
    return PlannedLine(
        title=TITLES[found.name],
        note=_("guessed") if found.is_guess else found.note,
        planned_text=found.planned_text,
        measured=found.measured,
        measured_text=found.measured_text,
        ratio_text=found.ratio_text,
    )
