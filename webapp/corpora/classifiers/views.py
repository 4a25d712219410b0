"""Pages of classifiers: the list with what is being made, and one with its evaluation."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.corpora.classifiers import selectors
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.states import ENDED
from webapp.projects.models import Project


@require_safe
def classifier_list(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Classifiers, scores, and what is being made; htmx asks again while something is."""
    project = open_for(request, Project, project_id)
    making = list(selectors.making_of(project))
    context = {
        "project": project,
        "classifiers": list(selectors.classifiers_of(project)),
        "scores": list(selectors.scores_of(project)),
        "making": making,
        "is_making": any(job.state not in ENDED for job in making),
    }
    is_partial = getattr(request, "htmx", False)
    template = "corpora/classifier_tables.html" if is_partial else "corpora/classifiers.html"
    return render(request, template, context)


@require_safe
def classifier(request: UserRequest, classifier_id: uuid.UUID) -> HttpResponse:
    """What it is worth on rows that it never saw, what weighs most, and where it is used."""
    found = require_kind(open_for(request, Artifact, classifier_id), selectors.KIND)
    context = {
        "project": found.project,
        "classifier": found,
        "evaluation": selectors.evaluation_of(found),
        "is_encoder": selectors.is_encoder(found),
        "sources": list(found.sources.order_by("kind")),
        "uses": selectors.uses_of(found),
    }
    return render(request, "corpora/classifier.html", context)
