"""Sections as one HTML file that opens from disk without scripts, and as Markdown."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from training.report.sections import sections
from training.report.svg import CHART_STYLE

_TEMPLATES = Path(__file__).parent / "templates"


def render_html(data: dict[str, Any]) -> str:
    """The whole report as one HTML document; text from the run is escaped."""
    return _render("report.html.jinja", data, autoescape=True)


def render_markdown(data: dict[str, Any]) -> str:
    """The report as Markdown; charts are given by their summaries."""
    return _render("report.md.jinja", data, autoescape=False)


def _render(name: str, data: dict[str, Any], *, autoescape: bool) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    environment.filters["fenced"] = lambda text: str(text).replace("```", "'''")
    written = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(data["written"]))
    return environment.get_template(name).render(
        data=data,
        sections=sections(data),
        # Our own drawing and style sheet: the only two things that are not escaped.
        svg=Markup,
        style=Markup(CHART_STYLE),
        written=written,
    )
