"""Pages of a corpus version: the funnel with its documents, one document, a difference."""

from __future__ import annotations

import dataclasses
import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training.registry import RULE_PRESETS, RULES
from training.specs.export_corpus import FORMATS
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.corpora.classifiers.choosing import FIELDS, offered
from webapp.corpora.classifiers.score_rows import score_rows
from webapp.corpora.contamination.selectors import beside_rule, documents_of
from webapp.corpora.versions import asking, pages, saving, searching, selectors, services, tokens
from webapp.corpora.versions.changes import difference_rows
from webapp.corpora.versions.choice import Choice, read_choice
from webapp.corpora.versions.stored import Stored
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.states import ENDED


@require_safe
def version(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """The funnel of the stored or changed rules, and the documents of one of them."""
    corpus = _corpus(request, corpus_id)
    mine, siblings = selectors.version_of(corpus)
    choice = read_choice(request.GET, Stored.of(corpus))
    context = {
        "version": mine,
        "siblings": siblings,
        "presets": RULE_PRESETS.values(),
        "num_rules_on": sum(values["is_on"] for values in choice.stored.values()),
        "formats": FORMATS,
        "redaction": pages.redaction_rows(choice.decided.redact),
        "routes": pages.route_rows(choice.routes),
        "num_redacted": len(choice.decided.redact or ()),
        **_exports(corpus),
        **_workbench(corpus, choice),
    }
    response = render(request, "corpora/version.html", _page(corpus, choice) | context)
    if getattr(request, "htmx", False):
        query = choice.query()
        response.headers["HX-Replace-Url"] = f"{request.path}?{query}" if query else request.path
    return response


@require_safe
def version_exports(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """The files of the export menu; htmx asks again while one is being written."""
    corpus = _corpus(request, corpus_id)
    context = {"corpus": corpus, **_exports(corpus)}
    return render(request, "corpora/version_exports.html", context)


@require_safe
def document(request: UserRequest, corpus_id: uuid.UUID, index: int) -> HttpResponse:
    """One document whole, with its signals, its origin, and what each rule says of it."""
    corpus = _corpus(request, corpus_id)
    choice = read_choice(request.GET, Stored.of(corpus))
    mine, _siblings = selectors.version_of(corpus)
    wanted = searching.read_wanted(request.GET)
    context: dict[str, Any] = {"version": mine, "index": index, "document": None, "trouble": ""}
    context |= {"previous_index": max(0, index - 1), "next_index": index + 1, "wanted": wanted}
    status = 200
    try:
        shown = asking.ask_document(
            corpus, index, choice, phrase=wanted.phrase, ignore_case=wanted.ignore_case
        )
    except ApplicationError as error:
        context["trouble"] = error.message
        # Asked for what is not there; a helper that is away is no fault of the address.
        status = 404 if error.status_code == HTTPStatus.BAD_REQUEST else 200
    else:
        context |= {
            "document": shown,
            "pieces": pages.marked(shown["text"], shown["places"]),
            "where": pages.origin_words(shown["origin"]),
            "num_masked": shown["num_masked"],
            "is_cut": len(shown["text"]) < shown["num_chars"],
            "dropping": [row for row in shown["verdicts"] if row["is_dropped"]],
            "signals": pages.signal_rows(shown) + score_rows(shown),
            "rule_title": RULES[choice.rule].title if choice.rule else "",
        }
    context |= _page(corpus, choice)
    return render(request, "corpora/version_document.html", context, status=status)


@require_safe
def difference(request: UserRequest, corpus_id: uuid.UUID, other_id: uuid.UUID) -> HttpResponse:
    """What this version keeps and the other does not; which rules were changed."""
    corpus, other = _corpus(request, corpus_id), _other(request, corpus_id, other_id)
    mine, siblings = selectors.version_of(corpus)
    theirs, _siblings = selectors.version_of(other)
    choice = read_choice(request.GET, Stored.of(corpus))
    before = read_choice(request.GET, Stored.of(other))
    show = "lost" if request.GET.get("side") == "lost" else "gained"
    context: dict[str, Any] = {
        "version": mine,
        "siblings": siblings,
        "other": theirs,
        "side": show,
        "changes": difference_rows(before.decided, choice.decided, before.stored, choice.stored),
        "trouble": "",
        "documents": [],
        "answer": None,
    }
    try:
        answer = asking.ask_difference(corpus, other, choice, show)
    except ApplicationError as error:
        context["trouble"] = error.message
    else:
        context |= {
            "answer": answer,
            "documents": pages.document_rows(answer["documents"]),
            "num_shown": answer["num_shown"],
            "num_pages": pages.num_pages(answer["num_shown"]),
        }
    return render(request, "corpora/version_difference.html", _page(corpus, choice) | context)


@require_safe
def version_new(request: UserRequest, documents_id: uuid.UUID) -> HttpResponse:
    """Choose the rules with which a corpus of these documents begins."""
    documents = _documents(request, documents_id)
    context = {
        "project": documents.project,
        "documents": documents,
        "presets": pages.preset_rows(),
        "rule_sets": documents.project.rule_sets.all(),
    }
    return render(request, "corpora/version_new.html", context)


@require_POST
def version_start(request: UserRequest, documents_id: uuid.UUID) -> HttpResponse:
    """Start the job that makes the first version, by a preset or a set of rules."""
    documents = _documents(request, documents_id)
    services.version_create(
        documents=documents,
        created_by=request.user,
        preset=request.POST.get("preset", ""),
        **saving.rules_of_set(request, documents.project_id),
        idempotency_key=request.POST.get("key", ""),
    )
    messages.success(request, _("The corpus is being made; it stands here when it is done."))
    return redirect("corpora:list", documents.project_id)


@require_POST
def version_export(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """Start the job that writes the kept documents as one file."""
    corpus = _corpus(request, corpus_id, Role.EDITOR)
    services.export_create(
        corpus=corpus,
        created_by=request.user,
        format=request.POST.get("format", FORMATS[0]),
        idempotency_key=request.POST.get("key", ""),
    )
    messages.success(request, _("The file is being written; its download stands here then."))
    return redirect("corpora:version", corpus.pk)


def _exports(corpus: Artifact) -> dict[str, Any]:
    exports, jobs = selectors.exports_of(corpus)
    is_exporting = any(job.state not in ENDED for job in jobs)
    return {"exports": exports, "exporting": jobs, "is_exporting": is_exporting}


def _corpus(request: HttpRequest, corpus_id: uuid.UUID, role: Role = Role.VIEWER) -> Artifact:
    return require_kind(open_for(request, Artifact, corpus_id, role), selectors.KIND)


def _other(request: HttpRequest, corpus_id: uuid.UUID, other_id: uuid.UUID) -> Artifact:
    other = _corpus(request, other_id)
    # The page is about the first one's project.
    if other.project_id != _corpus(request, corpus_id).project_id:
        raise Http404
    return other


def _documents(request: HttpRequest, documents_id: uuid.UUID) -> Artifact:
    return require_kind(open_for(request, Artifact, documents_id, Role.EDITOR), "documents")


def _page(corpus: Artifact, choice: Choice) -> dict[str, Any]:
    without_rule = dataclasses.replace(choice, rule="", page=1)
    return {
        "project": corpus.project,
        "corpus": corpus,
        "choice": choice,
        "query": dataclasses.replace(choice, page=1).query(),
        "query_without_rule": without_rule.query(),
        "next_seed": choice.seed + 1,
        "previous_page": choice.page - 1,
        "next_page": choice.page + 1,
    }


def _workbench(corpus: Artifact, choice: Choice) -> dict[str, Any]:
    """What moves with the thresholds; without the helper what the job has written."""
    trouble = ""
    try:
        answer = asking.ask_filter(corpus, choice)
    except ApplicationError as error:
        trouble, answer = error.message, _as_stored(corpus, choice)
    tokenizers = tokens.tokenizers_of(corpus)
    estimate = tokens.estimate_of(tokenizers)
    is_counted = bool(answer["funnel"]) and answer["funnel"]["kept"].get("tokens") is not None
    funnel = tokens.with_tokens(answer["funnel"], estimate)
    rows = pages.funnel_rows(funnel, choice) if funnel else []
    return {
        "trouble": trouble,
        "funnel": funnel,
        "rows_on": [row for row in rows if row.is_on],
        "rows_off": [row for row in rows if not row.is_on],
        "searches": beside_rule(corpus) if choice.rule == "contamination" else None,
        "detail": pages.with_parts(
            pages.detail_of(
                choice, answer["histogram"], answer["signal"], _offered(corpus, choice.rule)
            ),
            funnel,
        ),
        "documents": pages.document_rows(answer["documents"], choice),
        "can_mark": True,
        "tokenizers": tokenizers,
        "tokens_are": "" if is_counted else estimate.origin,
        "num_shown": answer["num_shown"],
        "is_ready": answer["is_ready"],
        "num_pages": pages.num_pages(answer["num_shown"]),
        "kept_fraction": pages.kept_fraction(funnel),
        "saved_query": dataclasses.replace(choice, rule="").query(),
        "changes": difference_rows(choice.decided, choice.wanted, choice.stored, choice.rules),
        "page_url": reverse("corpora:version", args=[corpus.pk]),
    }


def _offered(corpus: Artifact, rule: str) -> pages.Offered:
    """What the chosen rule may go by."""
    documents = documents_of(corpus)
    return offered(documents, rule) if documents is not None and rule in FIELDS else {}


def _as_stored(corpus: Artifact, choice: Choice) -> dict[str, Any]:
    """The funnel and the examples that stand in the version's folder."""
    funnel = selectors.stored_funnel(corpus)
    told = {rule["rule"]: rule for rule in funnel["rules"]} if funnel else {}
    wanted = [told[choice.rule]] if choice.rule in told else list(told.values())
    examples = [
        {**example, "dropped_by": rule["rule"]} for rule in wanted for example in rule["examples"]
    ]
    shown = [] if choice.show == "kept" else examples[:10]
    answer = {"funnel": funnel, "documents": shown, "num_shown": len(shown)}
    return {**answer, "signal": "", "is_ready": True, "histogram": None}
