"""The builder page, its live check, and the settings of any job as YAML and command."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training.errors import SpecError
from training.registry import VERBS
from webapp.builder import actions, checking, plans, services, sharing
from webapp.builder.again import chain_page, fill_again, group_of
from webapp.builder.batch_picture import picture_of
from webapp.builder.checking import Finding
from webapp.builder.choices import choices_for, settle_references
from webapp.builder.drafts import Draft, fill, fill_named, new_draft, use_result
from webapp.builder.first_batch import first_batch
from webapp.builder.page import BuilderPage
from webapp.builder.settling import Settled, objective_of, settle
from webapp.builder.values import MAX_YAML_CHARS
from webapp.core.access import load_for, open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import Artifact, Job
from webapp.jobs.references import ARTIFACT, FOLDER
from webapp.projects.models import Project

#: Tells the page's script that what it kept for this draft is not needed any more.
STARTED_COOKIE = "started_draft"
_COOKIE_SECONDS = 24 * 3600
_WITH_RUN_PAGE = "train"
#: Its documents are called after those that it edits.
_EDITING = "transform"
_MAX_STEP_DIGITS = 18
#: What is started, or was written elsewhere, is taken as it is.
_AS_IT_IS = frozenset({"start", "take", "download"})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: UserRequest, project_id: uuid.UUID, page: str) -> HttpResponse:
    """The form. Every button posts all of it: start makes jobs, the others come back changed."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    draft = _draft(request, project, page)
    if request.method != "POST":
        return _render(request, BuilderPage(project, draft))
    told = actions.act(draft, request.POST)
    if "take" in request.POST:
        told += _taken(request, project, draft)
    settled = None
    if _AS_IT_IS.isdisjoint(request.POST):
        settled = settle(draft, request.POST.get("settled", ""))
    shown = BuilderPage(project, draft, extra=told)
    if told:
        return _render(request, shown)
    if "download" in request.POST:
        return _file(shown.yaml, f"{page}.yaml")
    if "start" not in request.POST:
        return _render(request, shown, settled=settled)
    return _start(request, shown)


@require_POST
def check(request: UserRequest, project_id: uuid.UUID, page: str) -> HttpResponse:
    """Problems, plan, changes, YAML and commands for what is in the form now; htmx puts them in."""
    project = open_for(request, Project, project_id)
    shown = BuilderPage(project, _draft(request, project, page))
    return render(request, "builder/live.html", _context(request, shown) | {"is_live": True})


@require_POST
def batch(request: UserRequest, project_id: uuid.UUID, page: str) -> HttpResponse:
    """The first batch of what is in the form now, drawn; a page of its own."""
    project = open_for(request, Project, project_id)
    shown = BuilderPage(project, _draft(request, project, page))
    context: dict[str, object] = {"project": project}
    try:
        context["picture"] = picture_of(first_batch(shown))
    except ApplicationError as error:
        context["problem"] = error.message
    return render(request, "builder/first_batch.html", context)


@require_safe
def job_settings(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """Any job's settings as YAML and command line; a copy can be started from here."""
    job = open_for(request, Job, job_id)
    if job.verb not in VERBS:
        raise Http404
    (shared,) = sharing.share(job.project, [(job.verb, job.spec)])
    if "download" in request.GET:
        return _file(shared.text, shared.file)
    context = {"project": job.project, "job": job, "shared": shared, "verb": VERBS[job.verb]}
    return render(request, "builder/job_settings.html", context)


def _draft(request: UserRequest, project: Project, page: str) -> Draft:
    """The draft of the page's address, with what the form sent if it sent anything."""
    draft = new_draft(page)
    if draft is None:
        raise Http404
    draft.origin = _origin(request, project, draft)
    if draft.origin is not None:
        fill_again(draft, group_of(draft.origin) if draft.is_chain else [draft.origin])
    if request.method == "POST":
        fill(draft, {name: request.POST.getlist(name) for name in request.POST})
        return draft
    if draft.origin is not None:
        settle_references(project, draft)
        return draft
    draft = new_draft(page, choices_for(project, draft).references()) or draft
    fill_named(draft, {name: request.GET.getlist(name) for name in request.GET})
    if named := request.GET.get("artifact"):
        artifact = _artifact(request, project, named)
        use_result(draft, artifact.kind, f"{ARTIFACT}:{artifact.pk}")
        if page == _EDITING:
            draft.title = _("%(name)s, edited") % {"name": artifact}
    if named := request.GET.get("checkpoint"):
        use_result(draft, "model", _checkpoint(request, project, named))
    return draft


def _origin(request: UserRequest, project: Project, draft: Draft) -> Job | None:
    named = request.GET.get("from")
    if not named:
        return None
    job = load_for(request.user, Job, _id(named))
    page = chain_page(group_of(job)) if draft.is_chain else job.verb
    if job.project_id != project.pk or draft.page != page:
        raise Http404
    return job


def _artifact(request: UserRequest, project: Project, named: str) -> Artifact:
    artifact = load_for(request.user, Artifact, _id(named))
    if artifact.project_id != project.pk:
        raise Http404
    return artifact


def _checkpoint(request: UserRequest, project: Project, named: str) -> str:
    """``<job id>:<step>`` as a reference to the folder of that checkpoint."""
    job_id, _sep, step = named.partition(":")
    job = load_for(request.user, Job, _id(job_id))
    if job.project_id != project.pk or not step.isdecimal() or len(step) > _MAX_STEP_DIGITS:
        raise Http404
    folder = job.folder.checkpoint(int(step)).relative_to(job.folder.root)
    return f"{FOLDER}:{job.pk}/{folder.as_posix()}"


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


def _taken(request: UserRequest, project: Project, draft: Draft) -> list[Finding]:
    """Put YAML into the draft, from the file if one was chosen; what is wrong with it."""
    file = request.FILES.get("yaml_file")
    pasted = request.POST.get("yaml", "").encode()
    data = file.read(MAX_YAML_CHARS + 1) if file is not None else pasted
    problems = sharing.take_yaml(project, draft, data)
    return [Finding("yaml", one.field, one) for one in problems]


def _start(request: UserRequest, shown: BuilderPage) -> HttpResponse:
    draft = shown.draft
    if shown.findings.problems:
        return _render(request, shown, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        job = services.draft_start(project=shown.project, draft=draft, created_by=request.user)
    except SpecError as error:
        step = services.step_of_error(draft, error)
        extra = [checking.finding(step, problem) for problem in error.problems]
        refused = BuilderPage(shown.project, draft, extra=extra)
        return _render(request, refused, HTTPStatus.UNPROCESSABLE_ENTITY)
    answer = _page_of(job)
    answer.set_cookie(STARTED_COOKIE, draft.key, max_age=_COOKIE_SECONDS, samesite="Lax")
    return answer


def _page_of(job: Job) -> HttpResponse:
    """Where the job that was started can be watched."""
    if job.verb == _EDITING:
        return redirect("corpora:list", job.project_id)
    route = "runs:detail" if job.verb == _WITH_RUN_PAGE else "builder:job-settings"
    return redirect(route, job_id=job.pk)


def _render(
    request: UserRequest,
    shown: BuilderPage,
    status: HTTPStatus = HTTPStatus.OK,
    settled: Settled | None = None,
) -> HttpResponse:
    if status != HTTPStatus.OK or "open" not in request.POST:
        # Where something has to be mended it is open; a first look begins there too.
        wrong = {one.name.partition(".")[0] for one in shown.findings.problems}
        shown.draft.open |= wrong & {step.key for step in shown.draft.steps}
    context = _context(request, shown) | {
        "settled": settled,
        "objective": objective_of(shown.draft),
        "is_training": shown.draft.is_chain or shown.draft.page == plans.VERB,
    }
    return render(request, "builder/new.html", context, status=status)


def _context(request: UserRequest, shown: BuilderPage) -> dict[str, object]:
    query = request.META.get("QUERY_STRING", "")
    return {
        "project": shown.project,
        "page": shown,
        "draft": shown.draft,
        "title": shown.draft.name,
        "query": f"?{query}" if query else "",
    }


def _file(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
