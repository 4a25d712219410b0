"""Quality reports of corpora: which there are of a version, which are being written."""

from __future__ import annotations

from django.db.models import QuerySet

from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import ENDED, State
from webapp.projects.models import Project

KIND = "corpus_report"
VERB = "corpus_report"
CORPUS = "corpus"
#: Earlier ones that are linked beside the newest.
NUM_EARLIER = 10


def corpus_reports_of(project: Project) -> QuerySet[Artifact]:
    """All of a project, newest first."""
    rows = Artifact.objects.filter(project=project, kind=KIND)
    return rows.select_related("job", "created_by").order_by("-created_at")


def reports_of_corpus(corpus: Artifact) -> QuerySet[Artifact]:
    """Those about one version, newest first."""
    return corpus.products.filter(kind=KIND).order_by("-created_at")


def unfinished_of_corpus(corpus: Artifact, newest: Artifact | None) -> list[Job]:
    """Jobs that write one, and those that failed since the newest report was made."""
    jobs = Job.objects.filter(verb=VERB, dependencies__on_artifact=corpus)
    found = jobs.exclude(state=State.FINISHED).order_by("-created_at")[:5]
    return [
        job
        for job in found
        if job.state not in ENDED or newest is None or job.created_at > newest.created_at
    ]


def corpus_of(report: Artifact) -> Artifact | None:
    """The version that a report is about, unless it is gone."""
    return report.sources.filter(kind=CORPUS).first()
