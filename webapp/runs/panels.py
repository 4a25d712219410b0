"""What runs put on a project's home: what to begin with, what runs, what needs attention."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from training.report.svg import sparkline
from webapp.jobs.models import Job
from webapp.jobs.states import State
from webapp.projects.models import Project
from webapp.runs import selectors
from webapp.runs.forms import SmallRunForm
from webapp.runs.live.reading import read_snapshot

NUM_CARDS = 4
NUM_TROUBLES = 4
NUM_RESULTS = 8
_SPARK_BUCKETS = 80
_LOSS = "train/loss"


@dataclass(frozen=True)
class RunningCard:
    """A run that goes on now, with a line of its loss."""

    row: selectors.RunRow
    spark: SafeString | None


def home(request: HttpRequest, project: Project) -> tuple[str, dict[str, Any]]:
    """The panel and its context; a fixed number of queries."""
    context = {
        "project": project,
        "small_form": SmallRunForm(
            project=project, initial={"key": uuid.uuid4().hex}, auto_id="small_%s"
        ),
        "num_runs": selectors.runs_of(project).count(),
        **running(project),
    }
    troubles = list(selectors.troubled_jobs_of(project)[: NUM_TROUBLES + 1])
    context["troubles"] = troubles[:NUM_TROUBLES]
    context["has_more_troubles"] = len(troubles) > NUM_TROUBLES
    finished = list(selectors.runs_of(project, chosen="finished")[:NUM_RESULTS])
    context["results"] = selectors.run_rows(finished)
    return "runs/home.html", context


def running(project: Project) -> dict[str, Any]:
    """Cards of what runs, and the chains that are on their way; drawn again while any of it is."""
    runs = list(selectors.active_runs_of(project)[:NUM_CARDS])
    # One more than is shown is asked for: the page then says that there are more.
    open_jobs = list(
        Job.objects.filter(project=project, state__in=selectors.FILTERS["active"])
        .exclude(state=State.PAUSED)
        .exclude(pk__in=[job.pk for job in runs])
        .order_by("created_at", "position")[: NUM_RESULTS + 1]
    )
    return {
        "cards": [_card(job) for job in runs],
        "open_jobs": open_jobs[:NUM_RESULTS],
        "has_more": len(open_jobs) > NUM_RESULTS,
    }


def _card(job: Job) -> RunningCard:
    row = selectors.run_rows([job])[0]
    found, _cursors = read_snapshot(job.folder, series={_LOSS}, buckets=_SPARK_BUCKETS)
    values = [float(value) for value in found[_LOSS]["curve"]["last"]] if _LOSS in found else []
    if len(values) < 2:
        return RunningCard(row, None)
    label = _("Training loss from %(first)s to %(last)s") % {
        "first": f"{values[0]:.2f}",
        "last": f"{values[-1]:.2f}",
    }
    # sparkline escapes every text that it is given.
    return RunningCard(row, mark_safe(sparkline(values, title=label)))
