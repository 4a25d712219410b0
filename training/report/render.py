"""Sections as one HTML file that opens from disk without scripts, and as Markdown."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from training.report.outcome import verdict
from training.report.sections import sections
from training.report.svg import CHART_STYLE

#: Sections of the report that a model card has too.
CARD_SECTIONS = (
    "Evaluation", "Samples", "Data", "Tokenizer", "Model", "Recipe", "Limits and risks",
    "Reproduce",
)  # fmt: skip
#: What Markdown takes for markup anywhere in a line; an underscore within a word is none.
_MARKUP = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)")
_TEMPLATES = Path(__file__).parent / "templates"


def render_html(data: dict[str, Any]) -> str:
    """The whole report as one HTML document; text from the run is escaped."""
    return _render("report.html.jinja", data, autoescape=True)


def render_markdown(data: dict[str, Any]) -> str:
    """The report as Markdown; charts are given by their summaries."""
    return _render("report.md.jinja", data, autoescape=False)


def render_card(data: dict[str, Any]) -> str:
    """The model card's text, without its metadata: what a user of the model needs."""
    shown = [section for section in sections(data) if section.title in CARD_SECTIONS]
    return (
        _environment(autoescape=False)
        .get_template("card.md.jinja")
        .render(
            data=data,
            sections=shown,
            verdict=verdict(data),
            how_to_load=how_to_load(data["output"].get("counts", {})),
        )
    )


def how_to_load(counts: dict[str, Any]) -> str:
    """Code that opens the folder, with no remote code."""
    if counts.get("is_adapter"):
        return (
            "LoRA matrices; with plain transformers and peft, on the base that is named above:\n\n"
            "    from peft import PeftModel\n"
            "    from transformers import AutoModelForCausalLM\n"
            '    model = AutoModelForCausalLM.from_pretrained("folder-of-the-base")\n'
            '    model = PeftModel.from_pretrained(model, "this-folder")'
        )
    if counts.get("is_native"):
        return (
            "This is a native transformers class, no remote code is needed:\n\n"
            "    from transformers import AutoModelForCausalLM, AutoTokenizer\n"
            '    tokenizer = AutoTokenizer.from_pretrained("this-folder")\n'
            '    model = AutoModelForCausalLM.from_pretrained("this-folder")'
        )
    return (
        f"{counts.get('reason', '')} It keeps Trainyard's own class, and loads where Trainyard is "
        "installed, with no remote code:\n\n"
        "    from training.export.load import load_exported\n"
        '    model = load_exported("this-folder")'
    ).strip()


def _render(name: str, data: dict[str, Any], *, autoescape: bool) -> str:
    written = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(data["written"]))
    return (
        _environment(autoescape=autoescape)
        .get_template(name)
        .render(
            data=data,
            sections=sections(data),
            # Our own drawing and style sheet: the only two things that are not escaped.
            svg=Markup,
            style=Markup(CHART_STYLE),
            written=written,
        )
    )


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = plain
    environment.filters["fenced"] = fenced
    return environment


def plain(text: object) -> str:
    """A text of the run as one line of Markdown that no reader takes for markup, in tables too."""
    escaped = _MARKUP.sub(r"\\\g<0>", str(text)).replace("<", "&lt;")
    return " ".join(escaped.splitlines())


def fenced(text: str) -> str:
    """A block of text, unchanged: its fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
