"""Compares 2 to 8 runs: which ones, and their curves over each other; the first is the baseline.

Everything is read from the folders as they are now. The numbers are in `measures`, the settings in
`config_diff`.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from training.events import EventKind
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Job
from webapp.runs.chart_table import CHARTS, METRIC_CHARTS, Chart, ChartSeries, names_of, present
from webapp.runs.found_charts import found_charts, is_found
from webapp.runs.live.messages import Curve
from webapp.runs.live.reading import read_snapshot, series_names
from webapp.runs.selectors import RunRow, run_rows
from webapp.runs.story import first_event

MIN_RUNS, MAX_RUNS = 2, 8
_BUCKETS = 240
_MOST_DRAWN, _LEAST_DRAWN = 130, 16

#: What is read of each run.
_COMPARED = (*CHARTS, *METRIC_CHARTS)


@dataclass(frozen=True)
class Side:
    """One run of a comparison; ``prefix`` begins the names of its series in the charts."""

    row: RunRow
    prefix: str
    slot: int
    curves: Mapping[str, Curve]
    num_parameters: int | None

    @property
    def job(self) -> Job:
        """The row of the run."""
        return self.row.job


def chosen_runs(jobs: Sequence[Job], ids: Sequence[uuid.UUID]) -> list[Job]:
    """The visible training runs in the order asked for; ApplicationError for too few or too many.

    ``jobs`` are those that the reader may see.
    """
    unique = list(dict.fromkeys(ids))
    if len(unique) > MAX_RUNS:
        message = _("Compare at most %(most)s runs; %(got)s were chosen.")
        raise ApplicationError(message % {"most": MAX_RUNS, "got": len(unique)})
    known = {job.pk: job for job in jobs}
    found = [known[one] for one in unique if one in known]
    if len(found) < MIN_RUNS:
        raise ApplicationError(
            _("Choose at least two runs to compare; %(got)s of those named are there.")
            % {"got": len(found)}
        )
    return found


def sides_of(jobs: Sequence[Job]) -> list[Side]:
    """The runs with their numbers and curves."""
    sides = []
    for number, row in enumerate(run_rows(list(jobs))):
        curves = _curves(row.job, _names(row.job), _BUCKETS)
        sides.append(Side(row, f"{number}:", number + 1, curves, _num_parameters(row.job)))
    return sides


def drawn_curves(sides: Sequence[Side]) -> dict[str, dict[str, Curve]]:
    """{prefix of a side: its curves}, in so few points that the drawings of all fit into a page."""
    buckets = max(_LEAST_DRAWN, _MOST_DRAWN // len(sides))
    return {
        side.prefix: {
            name: _without_band(curve)
            for name, curve in _curves(side.job, _names(side.job), buckets).items()
        }
        for side in sides
    }


def charts_of(sides: Sequence[Side]) -> list[Chart]:
    """The charts of a run with a line for each run that has the series, or may still get it."""
    charts = []
    # Perplexity says nothing that loss does not; the table has it.
    measured = {name for side in sides for name in side.curves}
    found = found_charts(measured)
    shown = (*CHARTS[:1], *present(METRIC_CHARTS, measured), *found, *CHARTS[1:])
    for chart in (one for one in shown if one.key != "perplexity"):
        for series in chart.series:
            lines = tuple(
                ChartSeries(side.prefix + series.name, side.job.title, side.slot)
                for side in sides
                if series.name in side.curves or _may_come(series.name, side)
            )
            title = f"{chart.title}, {series.label}" if len(chart.series) > 1 else chart.title
            key = f"{chart.key}-{series.slot}" if len(chart.series) > 1 else chart.key
            charts.append(replace(chart, key=key, title=title, series=lines, has_end_labels=True))
    return [chart for chart in charts if chart.series]


def _names(job: Job) -> frozenset[str]:
    """What is read of a run: the known series, and those that its folder has besides."""
    return names_of(_COMPARED) | {name for name in series_names(job.folder) if is_found(name)}


def _may_come(name: str, side: Side) -> bool:
    """Of a source or a benchmark nobody knows whether this run has it."""
    return not side.job.has_ended and not is_found(name)


def _curves(job: Job, names: Collection[str], buckets: int) -> dict[str, Curve]:
    found, _cursors = read_snapshot(job.folder, series=names, buckets=buckets)
    return {name: part["curve"] for name, part in found.items() if part["curve"]["x"]}


def _without_band(curve: Curve) -> Curve:
    """The bands of many runs would hide each other, and are the longer part of a drawing."""
    return Curve(x=curve["x"], time=curve["time"], last=curve["last"])


def _num_parameters(job: Job) -> int | None:
    """As the run said when it started."""
    event: dict[str, Any] | None = first_event(
        job.folder, (EventKind.STARTED, EventKind.RESUMED), "num_parameters"
    )
    value = event.get("num_parameters") if event else None
    return value if isinstance(value, int) else None
