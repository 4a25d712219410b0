"""The page of a version's quality report: the newest one, or how to get one."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.corpora.versions.selectors import version_of
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.states import ENDED
from webapp.reports import corpus_selectors, selectors
from webapp.reports.corpus_forms import CorpusReportForm
from webapp.reports.corpus_services import corpus_report_ask


@require_http_methods(["GET", "HEAD", "POST"])
def of_corpus(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """GET shows the newest report (htmx asks again while one is written); POST asks for one."""
    is_post = request.method == "POST"
    role = Role.EDITOR if is_post else Role.VIEWER
    corpus = require_kind(open_for(request, Artifact, corpus_id, role), corpus_selectors.CORPUS)
    form = CorpusReportForm(request.POST if is_post else None)
    if is_post:
        job = form.attempt(
            corpus_report_ask,
            corpus=corpus,
            created_by=request.user,
            idempotency_key=request.POST.get("key", "")[:40],
            **(form.cleaned_data if form.is_valid() else {}),
        )
        if job is not None:
            messages.success(request, _("The quality report is being written."))
            return redirect("reports:of-corpus", corpus_id=corpus.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_post else HTTPStatus.OK
    is_partial = getattr(request, "htmx", False) and not is_post
    name = "reports/of_corpus_part.html" if is_partial else "reports/of_corpus.html"
    return render(request, name, {**_context(corpus), "form": form}, status=status)


def _context(corpus: Artifact) -> dict[str, object]:
    reports = list(corpus_selectors.reports_of_corpus(corpus)[: 1 + corpus_selectors.NUM_EARLIER])
    newest = reports[0] if reports else None
    jobs = corpus_selectors.unfinished_of_corpus(corpus, newest)
    version, _siblings = version_of(corpus)
    return {
        "project": corpus.project,
        "corpus": corpus,
        "version": version,
        "report": newest,
        "earlier": reports[1:],
        "page": selectors.report_page(newest) if newest else None,
        "downloads": selectors.DOWNLOADS,
        "jobs": jobs,
        "is_writing": any(job.state not in ENDED for job in jobs),
    }
