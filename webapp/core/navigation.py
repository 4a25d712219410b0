"""The sidebar: one row per page. A row whose URL does not resolve is not shown.

To add a page, add one row. Pages of a project take ``project_id``; the others take nothing.
Glyphs are symbols of `static/img/icons.svg`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class NavRow:
    """A page in the sidebar.

    It is marked current on all pages below its address and below ``objects``, the addresses of
    what it lists: a run's page is at /runs/…, not below its project's list.
    """

    url_name: str
    label: str | Promise
    glyph: str
    objects: tuple[str, ...] = ()
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
    ),
    NavRow("tasksets:list", _("Task sets"), "tasks", ("/task-sets/",)),
    NavRow("tokenizers:list", _("Tokenizers"), "tokenizers", ("/tokenizers/",)),
    NavRow("designer:design", _("Design"), "design", ("/models/",)),
    NavRow("runs:list", _("Runs"), "runs", ("/runs/",)),
    NavRow("ablations:list", _("Ablations"), "ablations", ("/ablations/",)),
    NavRow("checkpoints:list", _("Checkpoints"), "checkpoints", ("/checkpoints/",)),
    NavRow(
        "evaluations:list",
        _("Evaluations"),
        "success",
        ("/benchmarks/", "/evaluations/", "/losses/"),
    ),
    NavRow("playground:index", _("Playground"), "playground", ("/playground/",)),
    NavRow("reports:list", _("Reports"), "reports", ("/reports/",)),
    NavRow("jobs:queue", _("Queue"), "queue", ("/jobs/",)),
    NavRow("projects:settings", _("Settings"), "settings"),
]


def nav_links(project_id: object | None, path: str) -> list[NavLink]:
    """The rows that work now; the one with the longest matching address is current."""
    pairs = [(row, _address(row, project_id)) for row in ROWS]
    known = [(row, url) for row, url in pairs if url]
    lengths = [_match_length(row, url, path) for row, url in known]
    best = max(lengths, default=0) or None
    return [
        NavLink(url, row.label, row.glyph, length == best)
        for (row, url), length in zip(known, lengths, strict=True)
    ]


def _match_length(row: NavRow, url: str, path: str) -> int:
    return max(
        (len(prefix) for prefix in (url, *row.objects) if path.startswith(prefix)),
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
