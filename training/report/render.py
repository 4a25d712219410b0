"""The report of a run as HTML and Markdown, and the text of a model card."""

from __future__ import annotations

from typing import Any

from training.report.document import Document, environment
from training.report.outcome import verdict
from training.report.sections import sections

#: Sections of the report that a model card has too.
CARD_SECTIONS = (
    "Evaluation", "Benchmarks", "Samples", "Data", "Tokenizer", "Model", "Recipe",
    "Limits and risks", "Reproduce",
)  # fmt: skip


def render_html(data: dict[str, Any]) -> str:
    """The whole report as one HTML document; text from the run is escaped."""
    return _document(data).html()


def render_markdown(data: dict[str, Any]) -> str:
    """The report as Markdown; charts are given by their summaries."""
    return _document(data).markdown()


def render_card(data: dict[str, Any]) -> str:
    """The model card's text, without its metadata: what a user of the model needs."""
    shown = [section for section in sections(data) if section.title in CARD_SECTIONS]
    return (
        environment(autoescape=False)
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


def _document(data: dict[str, Any]) -> Document:
    return Document(data["title"], f"Run {data['run']}", data["written"], sections(data))
