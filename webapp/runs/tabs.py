"""The tabs of a run page and the filters of the list, as the templates walk them."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webapp.jobs.models import Job

_TABS: tuple[tuple[str, str | Promise, str], ...] = (
    ("charts", _("Charts"), "runs:detail"),
    ("samples", _("Samples"), "runs:samples"),
    ("seen", _("Provenance"), "runs:seen"),
    ("system", _("System"), "runs:system"),
    ("log", _("Log"), "runs:log"),
    ("events", _("Events"), "runs:events"),
    ("checkpoints", _("Checkpoints"), "checkpoints:of-run"),
    ("report", _("Report"), "reports:of-run"),
    ("settings", _("Settings"), "runs:settings"),
)
FILTER_LABELS: tuple[tuple[str, str | Promise], ...] = (
    ("", _("All")),
    ("active", _("Active")),
    ("finished", _("Finished")),
    ("stopped", _("Stopped")),
    ("failed", _("Failed")),
)


def tabs_of(job: Job) -> list[tuple[str, str | Promise, str]]:
    """(key, label, address) of every tab that works."""
    found = []
    for key, label, url_name in _TABS:
        try:
            found.append((key, label, reverse(url_name, kwargs={"job_id": job.pk})))
        except NoReverseMatch:
            continue
    return found
