"""Reports as artifacts, and one report as the sections that the page draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.safestring import SafeString, mark_safe

from training.folder.atomic import read_json
from training.report.corpus import sections as of_corpora
from training.report.section import Section
from training.report.sections import sections
from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.jobs.states import ENDED
from webapp.projects.models import Project
from webapp.reports.corpus_selectors import KIND as CORPUS_REPORT

DATA_FILE = "report.json"
DOWNLOADS = ("report.html", "report.md", "report.json")
VERB = "report"
#: What drawing says when a part is missing, or is not what it should be.
_NO_REPORT = (LookupError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class ReportPage:
    """One report: its data and what is drawn from them."""

    data: dict[str, Any]
    sections: list[Section]

    def charts(self) -> dict[str, SafeString]:
        """{title: drawing}; every text in it was escaped when it was drawn."""
        return {
            chart.title: mark_safe(chart.svg) for part in self.sections for chart in part.charts
        }


def reports_of(project: Project) -> QuerySet[Artifact]:
    """Reports, newest first."""
    rows = Artifact.objects.filter(project=project, kind="report")
    return rows.select_related("job", "created_by").order_by("-created_at")


def writing_of(project: Project) -> QuerySet[Job]:
    """Report jobs that have not ended."""
    return Job.objects.filter(project=project, verb=VERB).exclude(state__in=ENDED)


def reports_of_run(run: Job) -> QuerySet[Artifact]:
    """The reports that were written about one run."""
    jobs = JobDependency.objects.filter(on_job=run, job__verb=VERB).values("job")
    return Artifact.objects.filter(kind="report", job__in=jobs).order_by("-created_at")


def writing_of_run(run: Job) -> list[Job]:
    """Report jobs about one run that have not ended (a report in its chain included)."""
    asked = Job.objects.filter(dependencies__on_job=run, verb=VERB).exclude(state__in=ENDED)
    return list(asked.order_by("created_at"))


def report_page(report: Artifact) -> ReportPage | None:
    """The report as its JSON tells it; None when the file is gone, damaged or not one of ours."""
    data = read_json(report.folder / DATA_FILE)
    drawn = of_corpora.sections if report.kind == CORPUS_REPORT else sections
    try:
        return ReportPage(data, drawn(data))
    except _NO_REPORT:
        return None
