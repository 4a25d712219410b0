"""What other apps put on a project's home page, in this order.

A panel is a function ``(request, project) -> (template name, context)``; its template is included
with that context. To add one, add one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

# "module:function" of each panel.
PANELS: list[str] = ["webapp.runs.panels:home"]


@dataclass(frozen=True)
class HomePanel:
    """A panel ready to be included."""

    template: str
    context: dict[str, Any]


def home_panels(request: HttpRequest, project: Model) -> list[HomePanel]:
    """All panels of the table, for this project."""
    return [HomePanel(*_load(place)(request, project)) for place in PANELS]


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
