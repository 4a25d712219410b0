"""Everything a report says, as plain data read from the run's folder and its ancestors'.

This is ``report.json``; the HTML and the Markdown are drawn from it and from nothing else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypedDict

from training.events import all_events
from training.folder.artifact import MANIFEST
from training.folder.atomic import read_json
from training.folder.buckets import read_series
from training.folder.layout import JobFolder
from training.folder.series import read_generation, read_index, series_path
from training.planning.comparison import PLAN, Comparison, compare, median_of
from training.report.benchmarks import collect_benchmarks
from training.report.made_from import funnel_of, input_entry, made_of, sources_of, tokenizer_of
from training.report.paired import collect_pairs, without_answers
from training.specs.train import TrainSpec
from training.units import perplexity

FORMAT_VERSION = 2
NUM_BUCKETS = 400
_TOLD_EVENTS = {
    "started", "resumed", "checkpoint_failed", "checkpoint_skipped", "warning", "stopped",
    "finished", "failed", "step_skipped", "rolled_back", "overflow",
}  # fmt: skip

#: In which field an event that can be taken back has its step.
_STEP_OF = {
    "validation": "step", "sample": "step", "checkpoint": "step", "test": "step",
    "progress": "done", "step_skipped": "step",
    "overflow": "step", "benchmark": "step",
}  # fmt: skip


class Curve(TypedDict):
    """A bucketed series: steps, extremes and last values; None stands for what is not finite."""

    x: list[int]
    low: list[float | None]
    high: list[float | None]
    last: list[float | None]


def collect(
    folder: JobFolder,
    title: str = "",
    *,
    licence: str = "",
    output: dict[str, Any] | None = None,
    evaluations: Sequence[Path] = (),
) -> dict[str, Any]:
    """The whole report as JSON-ready data; SpecError when the run's spec cannot be read.

    ``output`` stands in for the manifest of an output that is still being written;
    ``evaluations`` are folders of what measured this run's models, else DataError.
    """
    spec = TrainSpec.parse(read_json(folder.spec).get("spec")).to_dict()
    told = all_events(folder.events) if folder.events.exists() else []
    events = what_counts(told)
    if output is None:
        output = read_json(folder.output / MANIFEST) or {}
    found = made_of(folder, spec)
    start = _last(events, "resumed") or _last(events, "started") or {}
    measured = collect_benchmarks(folder, events, evaluations)
    return {
        "format_version": FORMAT_VERSION,
        "title": title or f"Training run {folder.root.name}",
        "written": time.time(),
        "run": folder.root.name,
        "licence": licence,
        "result": _result(folder, events, output.get("counts", {})),
        "spec": spec,
        "start": start,
        "kernels": (_last(events, "kernels") or {}).get("parts", []),
        "output": output,
        "inputs": [input_entry(ancestor) for ancestor in found],
        "sources": sources_of(found),
        "tokenizer": tokenizer_of(found),
        "funnel": funnel_of(found),
        "plan": read_json(folder.root / PLAN),
        "compared": [_compared(line) for line in compare(folder)],
        "curves": _curves(folder),
        "generations": int(read_generation(folder.metrics)["generation"]) + 1,
        "validations": _of_kind(events, "validation"),
        "samples": _of_kind(events, "sample"),
        "benchmarks": without_answers(measured),
        "benchmarks_paired": collect_pairs(measured),
        "events": [event for event in told if event["kind"] in _TOLD_EVENTS],
        # Of the attempt that ended the run; older runs told of the machine nothing.
        "libraries": start.get("libraries") or output.get("libraries") or {},
        "machine": start.get("machine") or {},
        "reproduce": "python -m training train spec.yaml --out FOLDER",
    }


def what_counts(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events without what was taken back by an attempt that went on from an earlier step."""
    kept: list[dict[str, Any]] = []
    for event in events:
        if event["kind"] == "resumed":
            kept = [earlier for earlier in kept if _step(earlier) <= event["step"]]
        kept.append(event)
    return kept


def _step(event: dict[str, Any]) -> int:
    """The step that an event tells of; 0 for one that is history and never taken back."""
    name = _STEP_OF.get(event["kind"])
    return int(event[name]) if name else 0


def _compared(line: Comparison) -> dict[str, Any]:
    return {
        **asdict(line),
        "planned_text": line.planned_text,
        "measured_text": line.measured_text,
        "ratio_text": line.ratio_text,
    }


def _result(
    folder: JobFolder, events: list[dict[str, Any]], counts: dict[str, Any]
) -> dict[str, Any]:
    """The few numbers of the first paragraph; ``counts`` of its output say how it finished."""
    finished = _last(events, "finished") or counts
    progress = _last(events, "progress") or {}
    best = min(
        (e for e in events if e["kind"] == "validation" and _is_number(e["loss"])),
        key=lambda event: float(event["loss"]),
        default=None,
    )
    last_loss = _last_value(folder, "train/loss")
    return {
        "is_finished": bool(finished),
        "num_steps": int(finished.get("num_steps", progress.get("done", 0))),
        "num_tokens": int(finished.get("num_tokens", progress.get("num_tokens", 0))),
        "num_parameters": finished.get("num_parameters"),
        "seconds": finished.get("seconds"),
        "train_loss": last_loss,
        "validation_loss": best["loss"] if best else None,
        "validation_perplexity": _number(perplexity(float(best["loss"]))) if best else None,
        "best_step": best["step"] if best else None,
        "tokens_per_second": median_of(folder, "train/tokens_per_second"),
        "memory_bytes": finished.get("peak_memory_bytes")
        or _maximum(folder, "system/memory_bytes"),
        "end_reason": finished.get("end_reason", ""),
        "exported_step": finished.get("step"),
        "exported_loss": finished.get("validation_loss"),
        "general_text": finished.get("general_text"),
        "general_loss_before": finished.get("general_loss_before"),
        "general_loss": finished.get("general_loss"),
        "test_loss": finished.get("test_loss"),
        "test_rows": finished.get("test_rows"),
        "tuning": finished.get("tuning"),
        "base_name": finished.get("base_name"),
        "num_trainable": finished.get("num_trainable"),
    }


def _curves(folder: JobFolder) -> dict[str, Curve]:
    index = read_index(folder.metrics)
    return {name: _curve(series_path(folder.metrics, number)) for name, number in index.items()}


def _curve(path: Path) -> Curve:
    x, low, high, last = read_series(path, NUM_BUCKETS)
    return {
        "x": [int(step) for step in x],
        "low": [_number(value) for value in low],
        "high": [_number(value) for value in high],
        "last": [_number(value) for value in last],
    }


def _last_value(folder: JobFolder, name: str) -> float | None:
    curve = _curve_of(folder, name)
    return curve["last"][-1] if curve and curve["last"] else None


def _maximum(folder: JobFolder, name: str) -> float | None:
    curve = _curve_of(folder, name)
    values = [v for v in curve["high"] if v is not None] if curve else []
    return max(values, default=None)


def _curve_of(folder: JobFolder, name: str) -> Curve | None:
    number = read_index(folder.metrics).get(name)
    return _curve(series_path(folder.metrics, number)) if number else None


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _of_kind(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["kind"] == kind]


def _last(events: list[dict[str, Any]], kind: str) -> dict[str, Any] | None:
    return next((event for event in reversed(events) if event["kind"] == kind), None)
