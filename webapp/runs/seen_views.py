"""The tab of a run that says at which steps it read a phrase."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.corpora.versions.pages import origin_words
from webapp.jobs.models import Job
from webapp.runs.pages import run_context
from webapp.runs.seen import ask_seen, read_question


@require_safe
def seen(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """``?phrase=...`` and ``&ignore_case=on``; ``&run=K&first=N`` a later page of one run."""
    job = open_for(request, Job, job_id)
    question = read_question(request.GET)
    context: dict[str, Any] = {
        "question": question,
        "query": question.query(),
        "problem": "",
        "told": [],
    }
    if question.phrase:
        try:
            context["told"] = [_for_page(one) for one in ask_seen(job, question)]
        except ApplicationError as error:
            context["problem"] = error.message
    return render(request, "runs/seen.html", run_context(job, "seen") | context)


def _for_page(told: dict[str, Any]) -> dict[str, Any]:
    if "texts" not in told:
        return told
    texts = [
        {
            **text,
            "where": origin_words(text["origin"]),
            "hits": [_with_rest(hit) for hit in text["hits"]],
            "more_hits": text["num_hits"] - len(text["hits"]),
        }
        for text in told["texts"]
    ]
    return {**told, "texts": texts, "searched_fraction": told["searched"] / max(1, told["total"])}


def _with_rest(hit: dict[str, Any]) -> dict[str, Any]:
    names = ("steps", "partial_steps", "later_steps")
    return {**hit, **{f"more_{name}": hit[f"num_{name}"] - len(hit[name]) for name in names}}
