"""A run's plan beside what was measured of it, both read from its folder. No torch.

The plan was written when the run began, ``plan.json``; it is never made anew afterwards.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.events import all_events
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.folder.records import map_records
from training.folder.series import read_index, series_path
from training.units import format_bytes, format_count, format_seconds

PLAN = "plan.json"
FIRST_PROCESS = "of the first process"
GUESSED = "guessed: this machine had not been measured"
#: Series of the metrics that are compared with the plan.
_SPEED = "train/tokens_per_second"
_MEMORY = {"cpu": "system/memory_bytes", "cuda": "system/gpu_memory_bytes"}


@dataclass(frozen=True)
class Comparison:
    """One number of the plan and its measurement (None: not measured yet). ``unit`` names it."""

    name: str
    title: str
    unit: str
    planned: float
    measured: float | None
    note: str = ""

    @property
    def is_guess(self) -> bool:
        """Whether the planned number rests on a speed that was not measured."""
        return self.note == GUESSED

    @property
    def ratio(self) -> float | None:
        """Planned over measured: 1.1 is a plan that was 10 % too high."""
        return self.planned / self.measured if self.measured else None

    @property
    def planned_text(self) -> str:
        """The planned number with its unit."""
        return _TEXTS[self.unit](self.planned)

    @property
    def measured_text(self) -> str:
        """The measured number with its unit, or that there is none yet."""
        return "not measured" if self.measured is None else _TEXTS[self.unit](self.measured)

    @property
    def ratio_text(self) -> str:
        """``+10 %`` for a plan that was 10 % too high; empty when nothing was measured."""
        return "" if self.ratio is None else f"{self.ratio - 1:+.0%}".replace("%", " %")


def compare(folder: JobFolder) -> list[Comparison]:
    """Every planned number with what was measured so far; [] when there is no plan to read."""
    plan = read_json(folder.root / PLAN)
    try:
        return _compared(folder, plan)
    except (AttributeError, KeyError, TypeError, ValueError):
        return []


def _compared(folder: JobFolder, plan: Any) -> list[Comparison]:
    events = all_events(folder.events) if folder.events.exists() else []
    speed = median_of(folder, _SPEED)
    is_cpu = plan["device"] == "cpu"
    time = plan["time"]
    note = "" if time["is_measured"] else GUESSED
    begun = next((e for e in events if "num_parameters" in e), {})
    saved = [e["num_bytes"] for e in events if e["kind"] == "checkpoint"]
    finished: dict[str, Any] = next((e for e in reversed(events) if e["kind"] == "finished"), {})
    tokens = plan["tokens_per_step"]
    sampled = max(_values(folder, _MEMORY[plan["device"]]), default=None)
    peak = finished.get("peak_memory_bytes") if is_cpu else None
    return [
        Comparison(
            "parameters", "Parameters", "count",
            plan["parameters"]["total"] + plan["parameters"]["added"],
            begun.get("num_parameters"),
        ),
        Comparison(
            "memory", "Highest memory" if is_cpu else "Highest GPU memory", "bytes",
            plan["memory"]["total"], peak or sampled,
            FIRST_PROCESS if plan["num_processes"] > 1 else "",
        ),
        Comparison(
            "step", "Time of a step", "seconds", time["seconds_per_step"],
            tokens / speed if speed else None, note,
        ),
        Comparison("speed", "Tokens per second", "count", time["tokens_per_second"], speed, note),
        Comparison(
            "time", "Time in all steps", "seconds", time["seconds"], finished.get("seconds"), note
        ),
        Comparison("tokens", "Tokens", "count", plan["num_tokens"], finished.get("num_tokens")),
        Comparison(
            "checkpoint", "One checkpoint", "bytes", plan["disk"]["checkpoint"],
            saved[-1] if saved else None,
        ),
        Comparison(
            "disk", "Checkpoints and model, at most", "bytes", plan["disk"]["total"],
            _disk(folder) if finished else None,
        ),
    ]  # fmt: skip


def _values(folder: JobFolder, name: str) -> list[float]:
    number = read_index(folder.metrics).get(name)
    if number is None:
        return []
    records = map_records(series_path(folder.metrics, number))
    return [float(value) for value in records["value"] if math.isfinite(value)]


def median_of(folder: JobFolder, name: str) -> float | None:
    """The middle of all finite values of a series; None when there are none."""
    values = _values(folder, name)
    return statistics.median_high(values) if values else None


def _disk(folder: JobFolder) -> int:
    return _size(folder.checkpoints) + _size(folder.output)


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


_TEXTS: dict[str, Callable[[float], str]] = {
    "count": format_count,
    "bytes": format_bytes,
    "seconds": lambda value: f"{value * 1e3:.0f} ms" if value < 1 else format_seconds(value),
}
