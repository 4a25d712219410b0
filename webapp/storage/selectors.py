"""Who holds how many bytes in a project, and what would go with an artifact."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webapp.corpora.limits import used_bytes
from webapp.corpora.models import UploadFile
from webapp.jobs.lineage import derived_from
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.derived import may_keep
from webapp.projects.models import Project
from webapp.storage.sizes import folder_bytes

_KINDS: dict[str, str | Promise] = {
    "upload": _("Uploads"),
    "documents": _("Documents"),
    "corpus": _("Corpora"),
    "dataset": _("Exported corpora"),
    "ngram_model": _("N-gram models"),
    "classifier": _("Classifiers"),
    "scores": _("Scores"),
    "contamination": _("Searches for evaluation sets"),
    "tasks": _("Task sets"),
    "tokenizer": _("Tokenizers"),
    "tokens": _("Token stores"),
    "model": _("Models"),
    "benchmark": _("Benchmarks"),
    "evaluation": _("Evaluations"),
    "losses": _("Losses of documents"),
    "report": _("Reports"),
    "corpus_report": _("Quality reports"),
    "tokenizer_comparison": _("Comparisons of tokenizers"),
}
_NUM_LARGEST = 50
_REMEMBERED_SECONDS = 3_600


@dataclass(frozen=True)
class Holding:
    """What one kind of thing holds."""

    label: str | Promise
    num_things: int
    num_bytes: int


@dataclass(frozen=True)
class Storage:
    """All holdings, largest first; the quota counts uploads alone."""

    holdings: list[Holding]
    num_bytes: int
    upload_bytes: int
    quota_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class DoomedJob:
    """A job that would go with its folder; ``num_bytes`` is on the disk."""

    job: Job
    num_bytes: int
    num_checkpoints: int
    may_keep: bool


@dataclass(frozen=True)
class Doom:
    """What deleting an artifact with everything derived would take."""

    artifact: Artifact
    jobs: list[DoomedJob]
    num_bytes: int
    #: The artifact's own bytes where no job made it (an upload).
    own_bytes: int
    at_work: list[Job]


def storage_of(project: Project) -> Storage:
    """Artifacts by their manifests; what arrives, and what jobs keep beside them, by looking."""
    rows = Artifact.objects.filter(project=project).values("kind").order_by()
    sums = rows.annotate(number=Count("pk"), size=Sum("num_bytes"))
    holdings = [
        Holding(_KINDS.get(row["kind"], row["kind"]), row["number"], row["size"]) for row in sums
    ]
    holdings += [_arriving(project), *_beside_output(project)]
    holdings = [one for one in holdings if one.num_things]
    holdings.sort(key=lambda one: -one.num_bytes)
    return Storage(
        holdings=holdings,
        num_bytes=sum(one.num_bytes for one in holdings),
        upload_bytes=used_bytes(project),
        quota_bytes=settings.UPLOAD_QUOTA_BYTES,
        free_bytes=shutil.disk_usage(settings.TRAINYARD_HOME).free,
    )


def largest_artifacts(project: Project) -> list[Artifact]:
    """The largest, whatever they are."""
    rows = Artifact.objects.filter(project=project).select_related("job")
    return list(rows.order_by("-num_bytes", "-created_at")[:_NUM_LARGEST])


def doom_of(artifact: Artifact) -> Doom:
    """The lineage below an artifact with bytes and checkpoints, as they are on the disk now."""
    derived = derived_from(artifact)
    jobs = [_doomed(job) for job in derived.jobs]
    loose = [one for one in derived.artifacts if one.job_id is None]
    own = sum(folder_bytes(one.folder) for one in loose)
    return Doom(
        artifact=artifact,
        jobs=jobs,
        num_bytes=own + sum(one.num_bytes for one in jobs),
        own_bytes=own,
        at_work=[job for job in derived.jobs if not (job.has_ended or job.may_cancel)],
    )


def kept_ids(texts: list[str]) -> set[uuid.UUID]:
    """Ids as a form or a query gives them; what is none is left out."""
    found = set()
    for text in texts:
        try:
            found.add(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _doomed(job: Job) -> DoomedJob:
    checkpoints = job.folder.checkpoints
    number = sum(one.is_dir() for one in checkpoints.iterdir()) if checkpoints.is_dir() else 0
    return DoomedJob(job, folder_bytes(job.folder.root), number, may_keep(job))


def _sizes_of(job: Job) -> tuple[int, int]:
    """Bytes of its checkpoints, and of all but these and its output; of ended jobs remembered."""
    key = f"storage:{job.pk}:{job.version}"
    known: tuple[int, int] | None = cache.get(key) if job.has_ended else None
    if known is None:
        rest = folder_bytes(job.folder.root, without=("output", "checkpoints"))
        known = folder_bytes(job.folder.checkpoints), rest
        if job.has_ended:
            cache.set(key, known, _REMEMBERED_SECONDS)
    return known


def _arriving(project: Project) -> Holding:
    files = UploadFile.objects.filter(upload__project=project, upload__artifact=None, refused="")
    found = files.aggregate(number=Count("upload", distinct=True), size=Sum("offset"))
    return Holding(_("Unfinished uploads"), found["number"], found["size"] or 0)


def _beside_output(project: Project) -> list[Holding]:
    checkpoints, others, num_with, num_jobs = 0, 0, 0, 0
    for job in Job.objects.filter(project=project).only("pk", "state", "version"):
        size, rest = _sizes_of(job)
        checkpoints += size
        num_with += bool(size)
        others += rest
        num_jobs += 1
    return [
        Holding(_("Checkpoints of runs"), num_with, checkpoints),
        Holding(_("Settings, metrics and logs of jobs"), num_jobs, others),
    ]
