"""Pages of rule sets: beside a version, whose rules they keep and change."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training.errors import SpecError
from training.specs.reading import text_of
from training.specs.rule_sets import MOST_CHARACTERS
from training.specs.rule_sets import RuleSet as Rules
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.corpora.models import RuleSet
from webapp.corpora.rule_sets import services
from webapp.corpora.versions import selectors
from webapp.corpora.versions.choice import Choice, read_choice
from webapp.corpora.versions.stored import Stored
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind


@require_http_methods(["GET", "HEAD", "POST"])
def rule_sets(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """The sets of the project; POST saves the rules of ``query`` or takes a YAML text."""
    role = Role.EDITOR if request.method == "POST" else Role.VIEWER
    corpus = _corpus(request, corpus_id, role)
    if request.method != "POST":
        return _page(request, corpus)
    try:
        return redirect(_taken(request, corpus))
    except SpecError as error:
        problems = [problem.sentence() for problem in error.problems]
    except ApplicationError as error:
        problems = [error.message]
    return _page(request, corpus, problems, status=422)


@require_safe
def rule_set_try(request: UserRequest, corpus_id: uuid.UUID, set_id: uuid.UUID) -> HttpResponse:
    """Open the version with the rules of a set; nothing is saved."""
    corpus = _corpus(request, corpus_id)
    kept = _set(request, corpus, set_id)
    try:
        rules = Rules.read(kept.text)
    except SpecError as error:
        told = " ".join(problem.sentence() for problem in error.problems)
        return _page(request, corpus, [f"{kept.name}: {told}"], status=422)
    return redirect(_tried(corpus, rules, request.GET))


@require_POST
def rule_set_delete(request: UserRequest, corpus_id: uuid.UUID, set_id: uuid.UUID) -> HttpResponse:
    """Forget a set; versions made by it stay."""
    corpus = _corpus(request, corpus_id, Role.EDITOR)
    kept = _set(request, corpus, set_id, Role.EDITOR)
    kept.delete()
    messages.success(request, _("The set %(name)s is deleted.") % {"name": kept.name})
    return redirect("corpora:rule-sets", corpus.pk)


@require_safe
def version_rules(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """The rules of the address as YAML that ``clean`` takes."""
    corpus = _corpus(request, corpus_id)
    mine, _siblings = selectors.version_of(corpus)
    rules = services.rules_of(read_choice(request.GET, Stored.of(corpus)))
    return _file(rules.to_yaml(mine.title), f"rules-v{mine.number}.yaml", "application/yaml")


@require_safe
def version_datatrove(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """The rules of the address as a script for DataTrove."""
    corpus = _corpus(request, corpus_id)
    mine, _siblings = selectors.version_of(corpus)
    choice = read_choice(request.GET, Stored.of(corpus))
    asked = {"rules": choice.rules, "routes": choice.routes, "title": mine.title}
    try:
        script = helper_call("datatrove_script", **asked)
    except ApplicationError as error:
        # A helper that is away is no fault of the address.
        return _page(request, corpus, [error.message])
    return _file(script, f"datatrove-v{mine.number}.py", "text/plain")


def _taken(request: UserRequest, corpus: Artifact) -> str:
    """Do what was sent; the address to go to."""
    asked = QueryDict(request.POST.get("query", ""))
    name = request.POST.get("name", "")
    if "save" in request.POST:
        choice = read_choice(asked, Stored.of(corpus))
        _save(request, corpus, name, services.rules_of(choice).to_yaml())
        return reverse("corpora:rule-sets", args=[corpus.pk])
    text = text_of(_brought(request), str(_("The text")), 4 * MOST_CHARACTERS)
    rules = Rules.read(text)
    if name.strip():
        _save(request, corpus, name, text)
    return _tried(corpus, rules, asked)


def _brought(request: UserRequest) -> bytes:
    """The file that was sent, else the text."""
    if file := request.FILES.get("file"):
        file.seek(0)
        return bytes(file.read(4 * MOST_CHARACTERS + 1))
    return request.POST.get("text", "").encode("utf-8", "replace")


def _save(request: UserRequest, corpus: Artifact, name: str, text: str) -> None:
    kept = services.rule_set_create(
        project=corpus.project, created_by=request.user, name=name, text=text
    )
    messages.success(request, _("The rules are saved as %(name)s.") % {"name": kept.name})


def _tried(corpus: Artifact, rules: Rules, asked: QueryDict) -> str:
    stored = Stored.of(corpus)
    query = services.query_of(rules, stored, read_choice(asked, stored))
    return f"{reverse('corpora:version', args=[corpus.pk])}?{query}"


def _page(
    request: UserRequest, corpus: Artifact, problems: list[str] | None = None, status: int = 200
) -> HttpResponse:
    mine, _siblings = selectors.version_of(corpus)
    asked = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    choice: Choice = read_choice(asked, Stored.of(corpus))
    context: dict[str, Any] = {
        "project": corpus.project,
        "corpus": corpus,
        "version": mine,
        "query": choice.query(),
        "sets": corpus.project.rule_sets.select_related("created_by"),
        "problems": problems or [],
        # What was sent stands there again, each in the form that it came from.
        "text": _brought(request).decode("utf-8", "replace")[:MOST_CHARACTERS],
        "name": "" if "save" in request.POST else request.POST.get("name", ""),
        "name_to_save": request.POST.get("name", "") if "save" in request.POST else "",
        "yaml": services.rules_of(choice).to_yaml(mine.title),
        "is_changed": choice.is_changed,
    }
    return render(request, "corpora/rule_sets.html", context, status=status)


def _file(text: str, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _corpus(request: HttpRequest, corpus_id: uuid.UUID, role: Role = Role.VIEWER) -> Artifact:
    return require_kind(open_for(request, Artifact, corpus_id, role), selectors.KIND)


def _set(
    request: HttpRequest, corpus: Artifact, set_id: uuid.UUID, role: Role = Role.VIEWER
) -> RuleSet:
    kept = open_for(request, RuleSet, set_id, role)
    if kept.project_id != corpus.project_id:
        raise Http404
    return kept
