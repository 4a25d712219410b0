"""The sidebar: one row per page. A row whose URL does not resolve is not shown.

A page that builds a job belongs to the row that lists what the job makes.

To add a page, add one row. Pages of a project take ``project_id``; the others take nothing.
Glyphs are symbols of `static/img/icons.svg`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.registry import VERBS


@dataclass(frozen=True)
class NavRow:
    """A page in the sidebar.

    It is marked current on all pages below its address and below ``objects``, the addresses of
    what it lists: a run's page is at /runs/…, not below its project's list; what a project has
    below such a name belongs here too. ``makes``: kinds of
    results whose building pages belong here too.
    """

    url_name: str
    label: str | Promise
    glyph: str
    objects: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    in_project: bool = True


@dataclass(frozen=True)
class NavLink:
    """A row as the template shows it."""

    url: str
    label: str | Promise
    glyph: str
    is_current: bool


ROWS = [
    NavRow("projects:overview", _("Home"), "home"),
    NavRow(
        "corpora:list",
        _("Corpora"),
        "corpora",
        ("/corpora/", "/documents/", "/uploads/", "/contamination/", "/classifiers/"),
        (
            "documents", "corpus", "signals", "clusters", "contamination", "ngram_model",
            "classifier", "scores", "dataset", "corpus_report",
        ),
    ),
    NavRow("tasksets:list", _("Task sets"), "tasks", ("/task-sets/",), ("tasks",)),
    NavRow(
        "tokenizers:list",
        _("Tokenizers"),
        "tokenizers",
        ("/tokenizers/",),
        ("tokenizer", "tokenizer_comparison", "tokens"),
    ),
    NavRow("designer:design", _("Design"), "design", ("/models/",)),
    NavRow("runs:list", _("Runs"), "runs", ("/runs/",)),
    NavRow("ablations:list", _("Ablations"), "ablations", ("/ablations/",), ("verdict",)),
    NavRow("checkpoints:list", _("Checkpoints"), "checkpoints", ("/checkpoints/",), ("model",)),
    NavRow(
        "evaluations:list",
        _("Evaluations"),
        "success",
        ("/benchmarks/", "/evaluations/", "/losses/"),
        ("benchmark", "evaluation", "losses"),
    ),
    NavRow("playground:index", _("Playground"), "playground", ("/playground/",)),
    NavRow("reports:list", _("Reports"), "reports", ("/reports/",), ("report",)),
    NavRow("jobs:queue", _("Queue"), "queue", ("/jobs/",)),
    NavRow("projects:settings", _("Settings"), "settings"),
]  # fmt: skip
#: Where jobs are built, and the verb whose results are models but whose pages are runs.
_BUILDER = re.compile(r"/runs/new/(?P<verb>[a-z_]+)/")
_RUN = "train"


def nav_links(project_id: object | None, path: str) -> list[NavLink]:
    """The rows that work now; the one with the longest matching address is current."""
    pairs = [(row, _address(row, project_id)) for row in ROWS]
    known = [(row, url) for row, url in pairs if url]
    kind = _built_kind(path)
    lengths = [
        len(path) if kind and kind in row.makes else _match_length(row, url, path, project_id)
        for row, url in known
    ]
    best = max(lengths, default=0) or None
    return [
        NavLink(url, row.label, row.glyph, length == best)
        for (row, url), length in zip(known, lengths, strict=True)
    ]


def _built_kind(path: str) -> str:
    """The kind of what the page at ``path`` builds; "" for runs, chains, and any other page."""
    found = _BUILDER.search(path)
    row = VERBS.get(found["verb"]) if found and found["verb"] != _RUN else None
    return row.produces if row is not None else ""


def _match_length(row: NavRow, url: str, path: str, project_id: object | None) -> int:
    inside = [f"/projects/{project_id}{prefix}" for prefix in row.objects]
    return max(
        (len(prefix) for prefix in (url, *row.objects, *inside) if path.startswith(prefix)),
        default=0,
    )


def _address(row: NavRow, project_id: object | None) -> str:
    if row.in_project and project_id is None:
        return ""
    arguments: dict[str, Any] = {"project_id": project_id} if row.in_project else {}
    try:
        return reverse(row.url_name, kwargs=arguments)
    except NoReverseMatch:
        return ""
