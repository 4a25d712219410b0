"""A verdict as a document that opens from disk, and its curves: the mean of the seeds, and between
which values they lie."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from training.ablation.reading import ReadRun
from training.ablation.verdict import Cell, Measure, Verdict
from training.report.document import Document
from training.report.section import Chart, Section
from training.report.svg import Axis, Line, line_chart, summary
from training.report.tables import Table
from training.units import format_count

DEFINITIONS = [
    "Validation loss: of the last validation at or before the tokens that all runs have read.",
    "±: half of the 95 % interval over seeds (Student's t).",
    "Differences are taken seed by seed: runs of one seed read the same text in the same order.",
    "Fluctuation: root mean square of training losses about their line, second half of the steps.",
    "Spikes: losses not finite, or 6 standard deviations above the mean of the 128 before.",
    "Several comparisons at 95 % each find a difference where there is none once in twenty.",
]


def document_of(verdict: Verdict, runs: Sequence[ReadRun]) -> Document:
    """HTML and Markdown of a verdict."""
    chart = chart_of(runs)
    sections = [
        Section("Verdict", paragraphs=verdict.headline or ["No two variants have ended yet."]),
        Section("Numbers", paragraphs=_told(verdict), tables=[table_of(verdict)]),
        Section("Differences from the baseline", tables=[differences_of(verdict)]),
        Section("Curves", charts=[chart] if chart else []),
        Section("How the numbers are defined", paragraphs=DEFINITIONS),
    ]
    shown = [section for section in sections if not section.is_empty]
    about = f"{len(runs)} runs of {len(verdict.variants)} variants"
    return Document(verdict.question or "Ablation", about, time.time(), shown)


def _told(verdict: Verdict) -> list[str]:
    told = [f"Read at {format_count(verdict.tokens)} tokens."]
    if verdict.num_open:
        told.append(f"{verdict.num_open} runs have not ended well and do not count.")
    return told


def table_of(verdict: Verdict) -> Table:
    """A row for each measure, a column for each variant."""
    columns = ("Number", *(one.name for one in verdict.variants))
    seeds = ("Seeds", *(", ".join(map(str, one.seeds)) or "none" for one in verdict.variants))
    sizes = (
        "Parameters",
        *(
            format_count(one.num_parameters) if one.num_parameters else "–"
            for one in verdict.variants
        ),
    )
    rows = [
        (measure.title, *(written(measure, one.cells[measure.key]) for one in verdict.variants))
        for measure in verdict.measures
    ]
    right = tuple(range(1, len(columns)))
    return Table("Numbers of the variants", columns, [seeds, sizes, *rows], right)


def differences_of(verdict: Verdict) -> Table:
    """The plain sentences."""
    rows = [
        (measure.title, one.cells[measure.key].sentence)
        for measure in verdict.measures
        for one in verdict.variants[1:]
        if one.cells[measure.key].sentence
    ]
    return Table("Differences in words", ("Number", "In words"), rows)


def written(measure: Measure, cell: Cell) -> str:
    """Mean and noise band."""
    if cell.value is None:
        return "–"
    mean = measure.written(cell.value.mean)
    half = cell.value.half_width
    return mean if half is None else f"{mean} ± {measure.written(half)}"


def difference(measure: Measure, cell: Cell) -> str:
    """From the baseline, with its sign and interval; "" for the baseline itself."""
    if cell.against is None:
        return ""
    sign = "−" if cell.against.mean < 0 else "+"
    told = f"{sign}{measure.written(abs(cell.against.mean))}"
    half = cell.against.half_width
    return told if half is None else f"{told} ± {measure.written(half)}"


def chart_of(runs: Sequence[ReadRun]) -> Chart | None:
    """Validation loss over tokens; None before any run has validated."""
    lines = lines_of(runs)
    if not lines:
        return None
    title = "Validation loss by tokens"
    told = ". ".join(summary(line) for line in lines)
    svg = line_chart(lines, title=title, x=Axis("tokens"), y=Axis("nats per token"), width=720)
    return Chart(title, svg, told)


def lines_of(runs: Sequence[ReadRun]) -> list[Line]:
    """One line for each variant: the mean of its seeds, and a band from the least to the most."""
    names = list(dict.fromkeys(run.variant for run in runs))
    found = (
        _line(name, slot, [run for run in runs if run.variant == name])
        for slot, name in enumerate(names, start=1)
    )
    return [line for line in found if line is not None]


def _line(name: str, slot: int, runs: Sequence[ReadRun]) -> Line | None:
    """Over the tokens that every seed with any has validated at."""
    curves = [
        (run.tokens_at(run.validation.steps), run.validation.values)
        for run in runs
        if len(run.validation.steps)
    ]
    if not curves:
        return None
    x = min((tokens for tokens, _ in curves), key=len)
    values = np.stack([np.interp(x, tokens, losses) for tokens, losses in curves])
    has_band = len(curves) > 1
    low: list[float] = values.min(0).tolist() if has_band else []
    high: list[float] = values.max(0).tolist() if has_band else []
    return Line(name, x.tolist(), values.mean(0).tolist(), low, high, slot=slot)
