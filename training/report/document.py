"""A document of sections as one HTML file that opens from disk without scripts, and as Markdown."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from training.report.section import Section
from training.report.svg import CHART_STYLE

#: What Markdown takes for markup anywhere in a line; an underscore within a word is none.
_MARKUP = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)")
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Document:
    """What a report is: ``about`` says of which run or corpus; ``written`` is in Unix seconds."""

    title: str
    about: str
    written: float
    sections: Sequence[Section]

    def html(self) -> str:
        """One HTML file; every text is escaped."""
        return self._render("report.html.jinja", autoescape=True)

    def markdown(self) -> str:
        """Markdown; charts are given by their summaries."""
        return self._render("report.md.jinja", autoescape=False)

    def _render(self, name: str, *, autoescape: bool) -> str:
        return (
            environment(autoescape=autoescape)
            .get_template(name)
            .render(
                title=self.title,
                about=self.about,
                sections=self.sections,
                # Our own drawing and style sheet: the only two things that are not escaped.
                svg=Markup,
                style=Markup(CHART_STYLE),
                written=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.written)),
            )
        )


def environment(*, autoescape: bool) -> Environment:
    """Our templates, with the filters ``plain`` and ``fenced``; a missing name is an error."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = plain
    made.filters["fenced"] = fenced
    return made


def plain(text: object) -> str:
    """A text of the run as one line of Markdown that no reader takes for markup, in tables too."""
    escaped = _MARKUP.sub(r"\\\g<0>", str(text)).replace("<", "&lt;")
    return " ".join(escaped.splitlines())


def fenced(text: str) -> str:
    """A block of text, unchanged: its fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
