"""What can be asked in the playground, and the serving jobs that answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from training.folder.atomic import read_json
from webapp.checkpoints.selectors import checkpoints_of, models_of
from webapp.jobs.models import Artifact, Job
from webapp.jobs.references import ARTIFACT, FOLDER, Reference
from webapp.jobs.states import ENDED, State
from webapp.projects.models import Project
from webapp.runs.selectors import runs_of

VERB = "serve"
#: Runs of which the checkpoints are offered, newest first, and how many of each.
_NUM_RUNS = 20
_NUM_CHECKPOINTS = 10
_NUM_SESSIONS = 20

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class ServedModel:
    """A model of a session: what people call it, and whether it takes turns of a conversation.

    ``run`` is the training job that it comes from; None where that is not known.
    """

    name: str
    has_chat: bool
    run: Job | None = None


def model_choices(project: Project) -> list[tuple[str, Choices]]:
    """Groups of (reference, name): exported models, then checkpoints of runs."""
    models = [(f"{ARTIFACT}:{model.pk}", _model_name(model)) for model in models_of(project)]
    checkpoints = [
        (f"{FOLDER}:{run.pk}/{_inside(row.step)}", _name_of(run, row.step, is_best=row.is_best))
        for run in runs_of(project)[:_NUM_RUNS]
        for row in checkpoints_of(run)[:_NUM_CHECKPOINTS]
    ]
    groups = [(_("Models"), models), (_("Checkpoints"), checkpoints)]
    return [(label, choices) for label, choices in groups if choices]


def sessions_of(project: Project) -> list[Job]:
    """Serving jobs, newest first; those that have ended after the others."""
    rows = Job.objects.filter(project=project, verb=VERB).order_by("-state_since")[:_NUM_SESSIONS]
    return sorted(rows, key=lambda job: job.state in ENDED)


def open_session(project: Project, model: str, second_model: str) -> Job | None:
    """A serving job of just these models that has not ended."""
    rows = Job.objects.filter(project=project, verb=VERB).exclude(state__in=ENDED)
    wanted = (model, second_model)
    asked = ((job, (job.spec.get("model"), job.spec.get("second_model"))) for job in rows)
    return next((job for job, models in asked if models == wanted), None)


def is_ready(job: Job) -> bool:
    """Whether it answers now."""
    return job.state == State.RUNNING and job.folder.endpoint.is_file()


def served_models(job: Job) -> list[ServedModel]:
    """The models of a session in their order; what they can do is known once it is ready."""
    named = [job.spec.get(name) or "" for name in ("model", "second_model")]
    endpoint = read_json(job.folder.endpoint)
    told = endpoint.get("models", []) if isinstance(endpoint, dict) else []
    has_chat = [bool(model.get("has_chat")) for model in told] or [False, False]
    return [
        _served(job, Reference("", "", text), has_chat=can)
        for text, can in zip(named, has_chat, strict=False)
        if text
    ]


def _served(job: Job, reference: Reference, *, has_chat: bool) -> ServedModel:
    """Of an artifact or a checkpoint of the same project; what was deleted is said to be gone."""
    if reference.scheme == ARTIFACT:
        rows = Artifact.objects.filter(project=job.project_id, pk=reference.id)
        artifact = rows.select_related("job").first()
        if artifact is None:
            return ServedModel(_("a deleted model"), has_chat)
        made_by = artifact.job if artifact.job and artifact.job.verb == "train" else None
        return ServedModel(_model_name(artifact), has_chat, made_by)
    run = Job.objects.filter(project=job.project_id, pk=reference.id).first()
    if run is None:
        return ServedModel(_("a deleted run"), has_chat)
    step = reference.inside.rpartition("-")[2]
    name = _name_of(run, int(step)) if step.isdigit() else run.title
    return ServedModel(name, has_chat, run if run.verb == "train" else None)


def _model_name(model: Artifact) -> str:
    """By the run that left it, as many models are of the same class; an imported one by its own."""
    if model.job is None or model.job.verb == "import":
        return str(model)
    return _("%(run)s, final model") % {"run": model.job.title}


def _name_of(run: Job, step: int, *, is_best: bool = False) -> str:
    words = _("%(run)s, step %(step)s") % {"run": run.title, "step": f"{step:,}"}
    return _("%(checkpoint)s (best)") % {"checkpoint": words} if is_best else words


def _inside(step: int) -> str:
    return f"checkpoints/step-{step:08d}"
