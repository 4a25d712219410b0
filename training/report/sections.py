"""The report as sections of text, tables, charts and quotes, made from ``report.json`` alone.

HTML, Markdown and the dashboard's page render the same sections, so that they cannot differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from training.report.svg import Axis, Line, line_chart, summary
from training.report.tables import (
    Table,
    checkpoint_files,
    event_table,
    funnel_table,
    input_table,
    key_values,
    library_table,
    parameter_table,
    spec_table,
    validation_table,
)
from training.units import format_bytes, format_count, format_loss, format_seconds

Data = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A drawn chart and the sentence that stands for it where it cannot be seen."""

    title: str
    svg: str
    summary: str


@dataclass(frozen=True)
class Quote:
    """Generated text: ``caption`` says from which prompt and step."""

    caption: str
    prompt: str
    text: str


@dataclass
class Section:
    """One heading and what stands under it, in this order."""

    title: str
    paragraphs: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    code: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.paragraphs or self.tables or self.charts or self.quotes or self.code)


def sections(data: Data) -> list[Section]:
    """All sections that have something to say."""
    made = [build(data) for build in _BUILDERS]
    return [section for section in made if not section.is_empty]


def _result(data: Data) -> Section:
    result = data["result"]
    facts = {
        "Validation loss": _loss(result["validation_loss"]),
        "Validation perplexity": _perplexity(result),
        "Training loss, last step": _loss(result["train_loss"]),
        "Steps": f"{result['num_steps']:,} of {data['spec']['num_steps']:,}",
        "Tokens trained on": format_count(result["num_tokens"]),
        "Time in steps": _seconds(result["seconds"]),
        "Speed, median": _speed(result["tokens_per_second"]),
        "Memory, highest": _bytes(result["memory_bytes"]),
    }
    return Section("Result", [_verdict(data)], [key_values(facts)])


def _verdict(data: Data) -> str:
    result = data["result"]
    size = data["start"].get("num_parameters") or result["num_parameters"] or 0
    begin = f"A model of {format_count(size)} parameters" if size else "The model"
    trained = (
        f"{begin} was trained for {result['num_steps']:,} steps on "
        f"{format_count(result['num_tokens'])} tokens."
    )
    if result["validation_loss"] is None:
        reached = "No validation was made."
    else:
        reached = (
            f"Its best validation loss is {format_loss(result['validation_loss'])} nats per token "
            f"(perplexity {_perplexity(result)}), at step {result['best_step']:,}."
        )
    if result["end_reason"]:
        ending = f"It ended early: {result['end_reason']}."
    else:
        ending = "" if result["is_finished"] else "It has not finished; these are its numbers now."
    return " ".join(part for part in (trained, reached, ending) if part)


def _training(data: Data) -> Section:
    curves = data["curves"]
    charts = [
        _chart(curves, "Loss", ["train/loss", "validation/loss"], "nats per token"),
        _chart(curves, "Learning rate", ["train/learning_rate"], ""),
        _chart(curves, "Gradient norm", ["train/gradient_norm"], "before clipping", is_log=True),
        _chart(curves, "Speed", ["train/tokens_per_second"], "tokens per second"),
    ]
    note = _attempts(data["events"])
    return Section(
        "Training",
        [note] if note else [],
        [validation_table(data["validations"])] if data["validations"] else [],
        [chart for chart in charts if chart],
    )


def _attempts(events: list[Data]) -> str:
    """How often it was continued, and how often begun again for want of a checkpoint."""
    steps = [event["step"] for event in events if event["kind"] == "resumed"]
    continued, anew = sum(map(bool, steps)), steps.count(0)
    facts = [
        f"continued {_times(continued)} from a checkpoint" if continued else "",
        f"begun again {_times(anew)} from the first step" if anew else "",
    ]
    if not steps:
        return ""
    return (
        f"The run was {' and '.join(filter(None, facts))}; the curves show what counts, without "
        "what was taken back."
    )


def _times(count: int) -> str:
    return f"{count:,} {'time' if count == 1 else 'times'}"


def _data(data: Data) -> Section:
    tables = [input_table(data["inputs"])] if data["inputs"] else []
    paragraphs = []
    if data["funnel"]:
        total, kept = data["funnel"]["total"], data["funnel"]["kept"]
        paragraphs.append(
            f"Cleaning kept {kept['documents']:,} of {total['documents']:,} documents "
            f"({format_bytes(kept['bytes'])} of {format_bytes(total['bytes'])})."
        )
        tables.append(funnel_table(data["funnel"]))
    return Section("Data", paragraphs, tables)


def _model(data: Data) -> Section:
    output = data["output"].get("counts", {})
    paragraphs = []
    if output.get("architecture"):
        native = not output.get("reason")
        paragraphs.append(
            f"Exported as {output['architecture']} from step {output['step']:,}"
            + (
                ", a native transformers class: no remote code is needed to load it."
                if native
                else f"; not a native class, because {output['reason']}"
            )
        )
    vocab_size = _vocab_size(data)
    tables = [parameter_table(data["spec"]["model"], vocab_size)] if vocab_size else []
    tables.append(spec_table("Architecture", data["spec"]["model"]))
    return Section("Model", paragraphs, tables)


def _vocab_size(data: Data) -> int:
    stated = int(data["spec"]["model"]["vocab_size"])
    if stated:
        return stated
    for entry in data["inputs"]:
        if entry["kind"] == "tokens":
            return int(entry["counts"].get("vocab_size", 0))
    return 0


def _recipe(data: Data) -> Section:
    plain = {k: v for k, v in data["spec"].items() if not isinstance(v, dict)}
    parts = {k: v for k, v in data["spec"].items() if isinstance(v, dict) and k != "model"}
    tables = [spec_table("Run", plain)]
    tables += [spec_table(name.capitalize(), part) for name, part in parts.items()]
    return Section("Recipe", [], tables)


def _samples(data: Data) -> Section:
    shown = data["samples"]
    steps = sorted({sample["step"] for sample in shown})
    kept = {steps[0], steps[len(steps) // 2], steps[-1]} if steps else set()
    quotes = [
        Quote(f"step {sample['step']:,}", sample["prompt"], sample["text"])
        for sample in shown
        if sample["step"] in kept
    ]
    note = "Prompts continued at the first, a middle and the last validation, same seed."
    return Section("Samples", [note] if quotes else [], quotes=quotes)


def _events(data: Data) -> Section:
    return Section("Events", [], [event_table(data["events"])] if data["events"] else [])


def _limits(data: Data) -> Section:
    gap = _overfit(data)
    paragraphs = [
        (
            "The model continues text like that which it was trained on. It has not been checked "
            "for truth, safety, bias or personal data in its outputs."
        ),
    ]
    if gap:
        paragraphs.append(gap)
    return Section("Limits", paragraphs)


def _overfit(data: Data) -> str:
    train, validation = data["result"]["train_loss"], data["result"]["validation_loss"]
    if train is None or validation is None or validation - train < 0.3:
        return ""
    return (
        f"Validation loss is {validation - train:.2f} above the last training loss: the model has "
        "begun to learn the training documents by heart. More text or fewer steps would help."
    )


def _reproduce(data: Data) -> Section:
    return Section(
        "Reproduce",
        [
            (
                "The resolved spec below, the inputs with the hashes above and these versions give "
                "the same run; on CPU with the same number of processes and threads, bit for bit."
            ),
            (
                "The command works in the run's folder, which holds spec.json. Elsewhere save the "
                "spec under that name, and let its field tokens name the token store."
            ),
        ],
        [library_table(data), checkpoint_files(data["output"])],
        code=f"{data['reproduce']}\n\n# spec.json\n{spec_text(data)}",
    )


def spec_text(data: Data) -> str:
    """The run's resolved spec as it may be saved and run again."""
    return json.dumps(data["spec"], indent=2, ensure_ascii=False)


def _chart(
    curves: Data, title: str, names: list[str], unit: str, *, is_log: bool = False
) -> Chart | None:
    lines = [
        _line(name, curves[name], slot)
        for slot, name in enumerate(names, start=1)
        if curves.get(name, {}).get("x")
    ]
    if not lines:
        return None
    svg = line_chart(lines, title=title, x=Axis("step"), y=Axis(unit, is_log=is_log))
    return Chart(title, svg, "; ".join(summary(line) for line in lines))


def _line(name: str, curve: Data, slot: int) -> Line:
    def numbers(values: list[float | None]) -> list[float]:
        return [float("nan") if value is None else value for value in values]

    label = {"train/loss": "training", "validation/loss": "validation"}.get(
        name, name.partition("/")[2].replace("_", " ")
    )
    return Line(
        label,
        curve["x"],
        numbers(curve["last"]),
        numbers(curve["low"]),
        numbers(curve["high"]),
        slot,
    )


def _optional(render: Callable[[float], str]) -> Callable[[float | None], str]:
    return lambda value: "not measured" if value is None else render(value)


def _perplexity(result: Data) -> str:
    """exp(loss); None stands for what is beyond the range of numbers."""
    if result["validation_loss"] is not None and result["validation_perplexity"] is None:
        return "too large to write"
    return _number(result["validation_perplexity"])


_loss = _optional(format_loss)
_number = _optional(lambda value: f"{value:.1f}")
_seconds = _optional(format_seconds)
_bytes = _optional(format_bytes)
_speed = _optional(lambda value: f"{format_count(value)} tokens/s")

_BUILDERS = (
    _result, _training, _samples, _data, _model, _recipe, _events, _limits, _reproduce,
)  # fmt: skip
