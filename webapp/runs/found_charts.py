"""Charts of series whose names are not known beforehand: sources, sets of benchmarks.

A run's folder says which there are; the prefix of a name says which chart a series is of.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from django.utils.translation import gettext_lazy

from webapp.runs.chart_table import Chart, ChartSeries

#: Of the trainer (`training.loop.callbacks`), which the web does not import.
SOURCES = "validation/source/"
BENCHMARKS = "benchmark/"
#: More lines would hide each other.
_MOST_LINES = 12

_CHARTS = (
    (SOURCES, Chart("sources", gettext_lazy("Validation loss by source"), ())),
    (
        BENCHMARKS,
        Chart("benchmarks", gettext_lazy("Accuracy on benchmarks"), (), may_be_log=False),
    ),
)


def is_found(name: str) -> bool:
    """Whether a series is of one of these charts."""
    return name.startswith((SOURCES, BENCHMARKS))


def found_charts(names: Collection[str]) -> tuple[Chart, ...]:
    """The charts of these series, those with a line; lines in the order of their names."""
    charts = []
    for prefix, chart in _CHARTS:
        own = sorted(name for name in names if name.startswith(prefix))[:_MOST_LINES]
        lines = tuple(
            ChartSeries(name, name.removeprefix(prefix), slot + 1) for slot, name in enumerate(own)
        )
        if lines:
            charts.append(replace(chart, series=lines))
    return tuple(charts)
