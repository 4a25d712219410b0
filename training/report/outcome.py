"""What came out of a run: result, plan against measured, curves, evaluation, samples, events."""

from __future__ import annotations

import math

from training.generate.checks import Tally
from training.planning.comparison import FIRST_PROCESS, GUESSED
from training.registry import METRICS, PERPLEXITY, PerplexityKind, perplexity_kind
from training.report.section import (
    Chart,
    Data,
    Quote,
    Section,
    loss,
    perplexity_of,
    seconds,
    size,
    speed,
)
from training.report.svg import Axis, Line, Mark, line_chart, summary
from training.report.tables import (
    comparison_table,
    evaluation_table,
    event_table,
    key_values,
    sample_checks_table,
    validation_table,
)
from training.units import format_count, format_loss, perplexity

#: So many steps are quoted of every prompt.
_STEPS_QUOTED = 5
#: Where the run was interrupted, and what went wrong, stand in the curves too.
_MARKED = ("resumed", "stopped", "checkpoint_failed", "step_skipped", "rolled_back")
#: Notes of the comparison as sentences.
_NOTES = {
    GUESSED: "Times are guesses, because this machine had not been measured.",
    FIRST_PROCESS: "Memory is that of the first process.",
}


def result(data: Data) -> Section:
    result, kind = data["result"], _kind(data)
    facts = {
        "Validation loss": loss(result["validation_loss"]),
        **({f"Validation {_lower(kind)}": perplexity_of(result)} if kind else {}),
        "Training loss, last step": loss(result["train_loss"])
        if result["train_loss"] is not None or not data["curves"].get("train/loss", {}).get("x")
        else "not finite",
        "Steps": f"{result['num_steps']:,} of {data['spec']['num_steps']:,}",
        "Tokens trained on": format_count(result["num_tokens"]),
        "Time in steps": seconds(result["seconds"]),
        "Speed, median": speed(result["tokens_per_second"]),
        "Memory, highest": size(result["memory_bytes"]),
    }
    # What everybody knows needs no word.
    about = [f"{kind.title}: {kind.about}"] if kind and kind != PERPLEXITY else []
    return Section("Result", [verdict(data), *about], [key_values(facts)])


def _kind(data: Data) -> PerplexityKind | None:
    return perplexity_kind(data["spec"])


def _lower(kind: PerplexityKind) -> str:
    return kind.title.lower()


def verdict(data: Data) -> str:
    """What was reached, in a sentence or two."""
    result = data["result"]
    size = data["start"].get("num_parameters") or result["num_parameters"] or 0
    begin = f"A model of {format_count(size)} parameters" if size else "The model"
    trained = (
        f"{begin} was trained for {result['num_steps']:,} steps on "
        f"{format_count(result['num_tokens'])} tokens."
    )
    if result["validation_loss"] is None:
        count = len(data["validations"])
        reached = (
            f"None of its {count:,} validations gave a finite loss."
            if count
            else "No validation was made."
        )
    else:
        kind = _kind(data)
        unit = f" nats per token ({_lower(kind)} {perplexity_of(result)})" if kind else ""
        reached = (
            f"Its best validation loss is {format_loss(result['validation_loss'])}"
            f"{unit}, at step {result['best_step']:,}."
        )
    if result["end_reason"]:
        ending = f"It ended early: {result['end_reason']}."
    else:
        ending = "" if result["is_finished"] else "It has not finished; these are its numbers now."
    return " ".join(part for part in (trained, reached, ending) if part)


#: Prefixes of series whose names the run itself has given, and the charts of these.
_BY_NAME = (
    ("validation/source/", "Validation loss by source, nats per token"),
    ("benchmark/", "Accuracy on benchmarks"),
)
_MOST_LINES = 12


def _named(curves: Data, prefix: str) -> list[str]:
    return sorted(name for name in curves if name.startswith(prefix))[:_MOST_LINES]


def training(data: Data) -> Section:
    curves = data["curves"]
    marks = [
        Mark(event["step"], event["kind"])
        for event in data["events"]
        if event["kind"] in _MARKED and isinstance(event.get("step"), int)
    ]
    charts = [
        _chart(curves, "Loss, nats per token", ["train/loss", "validation/loss"], marks),
        *(
            _chart(curves, metric.title, [f"validation/{metric.name}"], marks)
            for metric in METRICS.values()
        ),
        *(_chart(curves, title, _named(curves, prefix), marks) for prefix, title in _BY_NAME),
        _chart(
            curves,
            "Loss, both axes logarithmic",
            ["train/loss"],
            marks,
            is_log=True,
            is_log_x=True,
        ),
        _chart(curves, "Learning rate", ["train/learning_rate"], marks),
        _chart(
            curves, "Gradient norm before clipping", ["train/gradient_norm"], marks, is_log=True
        ),
        _chart(curves, "Speed, tokens per second", ["train/tokens_per_second"], marks),
    ]
    note = _attempts(data["events"])
    return Section(
        "Training",
        [note] if note else [],
        [validation_table(data["validations"], _kind(data))] if data["validations"] else [],
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


def planned(data: Data) -> Section:
    """The plan that was stored when the run began, beside what was measured."""
    lines = data.get("compared") or []
    notes = dict.fromkeys(line["note"] for line in lines if line["note"])
    text = (
        "The plan was made from the settings alone, before the first step. A difference with a "
        "plus means that less was measured than planned."
    )
    text = " ".join([text, *(_NOTES.get(note, note) for note in notes)])
    title = "Plan and measurement"
    return Section(title, [text], [comparison_table(lines)]) if lines else Section(title)


def evaluation(data: Data) -> Section:
    """Losses of the exported weights, by text; and what tuning has made the model forget."""
    rows = evaluations(data)
    if not rows:
        return Section("Evaluation")
    paragraphs = [_forgotten(data)] if data["result"].get("general_loss") is not None else []
    return Section("Evaluation", paragraphs, [evaluation_table(rows, _kind(data))])


def evaluations(data: Data) -> list[tuple[str, int | None, float]]:
    """(text, step, loss in nats per token) of what was measured on the exported weights."""
    result = data["result"]
    found: list[tuple[str, int | None, float]] = []
    step, exported = result.get("exported_step"), result.get("exported_loss")
    if step is None:
        # Nothing was exported yet: the best so far.
        step, exported = result["best_step"], result["validation_loss"]
    if exported is not None:
        found.append(("validation split", step, float(exported)))
    if result.get("test_loss") is not None:
        found.append((f"test split ({result['test_rows']:,} rows)", step, result["test_loss"]))
    if result.get("general_loss") is not None:
        name = str(result["general_text"])
        found.append((f"{name}, before tuning", 0, float(result["general_loss_before"])))
        found.append((f"{name}, after tuning", step, float(result["general_loss"])))
    return [row for row in found if math.isfinite(row[2])]


def _forgotten(data: Data) -> str:
    result = data["result"]
    before, after = (
        perplexity(float(result[name])) for name in ("general_loss_before", "general_loss")
    )
    change = after / before - 1
    verb = "rose" if change > 0 else "fell"
    return (
        f"Forgetting: the perplexity of {result['general_text']} {verb} from {before:.1f} to "
        f"{after:.1f} ({change:+.1%}) by tuning."
    )


def samples(data: Data) -> Section:
    """The same prompts, same seed, at some of the steps: what was learnt can be read."""
    shown = data["samples"]
    steps = sorted({sample["step"] for sample in shown})
    kept = _spread(steps)
    prompts = list(dict.fromkeys(sample["prompt"] for sample in shown))
    quotes = [
        Quote(f"step {sample['step']:,}", sample["prompt"], sample["text"])
        for prompt in prompts
        for sample in shown
        if sample["prompt"] == prompt and sample["step"] in kept
    ]
    if not quotes:
        return Section("Samples")
    of_all = "" if len(kept) == len(steps) else f" {len(kept)} of {len(steps)} steps are shown."
    note = f"The same prompts with the same seed, over checkpoints.{of_all}"
    tallies = {step: Tally.of(one for one in shown if one["step"] == step) for step in steps}
    tables = [sample_checks_table(tallies)] if any(tallies.values()) else []
    return Section("Samples", [note], tables, quotes=quotes)


def _spread(steps: list[int]) -> set[int]:
    """The first, the last and some in between."""
    if len(steps) <= _STEPS_QUOTED:
        return set(steps)
    last = len(steps) - 1
    return {steps[round(number * last / (_STEPS_QUOTED - 1))] for number in range(_STEPS_QUOTED)}


def events(data: Data) -> Section:
    return Section("Events", [], [event_table(data["events"])] if data["events"] else [])


def limits(data: Data) -> Section:
    """What the model is not, as far as the folder tells it."""
    paragraphs = [
        (
            "The model continues text like that which it was trained on. It has not been checked "
            "for truth, safety, bias or personal data in its outputs, and may repeat passages of "
            "its training text."
        ),
        _few_tokens(data),
        _overfit(data),
        _unlicensed(data),
    ]
    return Section("Limits and risks", [text for text in paragraphs if text])


def _few_tokens(data: Data) -> str:
    result = data["result"]
    count = result["num_parameters"] or data["start"].get("num_parameters") or 0
    if result.get("base_name") or not count or result["num_tokens"] >= 10 * count:
        return ""
    return (
        f"It saw {result['num_tokens'] / count:.1f} tokens per parameter; about 20 use the "
        "computation best (Hoffmann 2022). More text or more steps would help."
    )


def _unlicensed(data: Data) -> str:
    sources = data.get("sources") or {}
    if not sources.get("num_files"):
        return ""
    if sources["licences"]:
        return f"Licences that its text was given: {', '.join(sources['licences'])}."
    return "No licence was stated for its text: whether the model may be passed on is not known."


def _overfit(data: Data) -> str:
    train, validation = data["result"]["train_loss"], data["result"]["validation_loss"]
    if train is None or validation is None or validation - train < 0.3:
        return ""
    return (
        f"Validation loss is {validation - train:.2f} above the last training loss: the model has "
        "begun to learn the training documents by heart. More text or fewer steps would help."
    )


def _chart(
    curves: Data,
    title: str,
    names: list[str],
    marks: list[Mark],
    *,
    is_log: bool = False,
    is_log_x: bool = False,
) -> Chart | None:
    lines = [
        _line(name, curves[name], slot)
        for slot, name in enumerate(names, start=1)
        if curves.get(name, {}).get("x")
    ]
    if not lines:
        return None
    svg = line_chart(
        lines,
        title=title,
        x=Axis("step", is_log=is_log_x),
        y=Axis(is_log=is_log),
        marks=marks,
    )
    return Chart(title, svg, "; ".join(summary(line) for line in lines))


def _line(name: str, curve: Data, slot: int) -> Line:
    def numbers(values: list[float | None]) -> list[float]:
        return [float("nan") if value is None else value for value in values]

    label = {"train/loss": "training", "validation/loss": "validation"}.get(
        name, name.rpartition("/")[2].replace("_", " ")
    )
    return Line(
        label,
        curve["x"],
        numbers(curve["last"]),
        numbers(curve["low"]),
        numbers(curve["high"]),
        slot,
    )
