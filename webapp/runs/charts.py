"""The first drawing of charts, as SVG by the server: what stands there before any script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from training.folder.layout import JobFolder
from training.report.svg import NUM_DASHES, Axis, Line, Mark, line_chart, summary
from webapp.jobs.event_lines import Event
from webapp.runs.chart_table import CHARTS, Chart, ChartSeries, names_of
from webapp.runs.chart_view import X_AXES, View
from webapp.runs.curves import (
    Curves,
    Floats,
    floats,
    places_of,
    smoothed,
    started_at,
    steps_within,
    x_of,
)
from webapp.runs.live.messages import Curve
from webapp.runs.live.reading import read_range, read_snapshot

#: Few enough for a page of 60 kB with six charts, enough for the eye.
_SVG_BUCKETS = 60
#: With a smoothed line beside the raw one: the same number of bytes.
_SMOOTHED_BUCKETS = 44
TRANSFORMS: dict[str, Callable[[Floats], Floats]] = {
    "": lambda values: values,
    "exp": lambda values: np.exp(np.minimum(values, 700)),
    "mega": lambda values: values / 1e6,
    "giga": lambda values: values / 1e9,
}
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Drawing:
    """One chart as it stands in the page before any script."""

    chart: Chart
    svg: SafeString
    summary: str
    is_empty: bool


def draw(
    folder: JobFolder,
    view: View,
    charts: Sequence[Chart] = CHARTS,
    events: Sequence[Event] = (),
) -> list[Drawing]:
    """All charts of the table, from the folder as it is now; ``events`` of a step are marked."""
    names = names_of(charts)
    buckets = _SMOOTHED_BUCKETS if view.smoothing else _SVG_BUCKETS
    found, _cursors = read_snapshot(folder, series=names, buckets=buckets)
    curves = {name: series["curve"] for name, series in found.items()}
    tails = {name: series["tails"] for name, series in found.items()}
    shown = curves
    if view.zoom:
        steps = steps_within(curves, view.x, view.zoom)
        ranges = read_range(folder, names, steps, buckets=buckets)
        shown, tails = {name: part["curve"] for name, part in ranges.items()}, {}
    source = Source(shown, curves, tails, _marks(curves, events, view))
    return [_draw(chart, source, view) for chart in charts]


@dataclass(frozen=True)
class Source:
    """``shown`` is drawn; ``whole`` says where x begins and how many tokens a step stands for."""

    shown: Curves
    whole: Curves
    tails: Mapping[str, Any]
    marks: Sequence[Mark]


def _marks(curves: Curves, events: Sequence[Event], view: View) -> list[Mark]:
    steps = np.asarray([event["step"] for event in events], dtype=np.float64)
    places = _drawn_x(places_of(steps, curves, view.x), view, started_at(curves)).tolist()
    return [Mark(x, event["kind"]) for x, event in zip(places, events, strict=True)]


def _draw(chart: Chart, source: Source, view: View) -> Drawing:
    lines: list[Line] = []
    since = started_at(source.whole)
    for series in chart.series:
        for tail in source.tails.get(series.name, []):
            lines.append(_line(chart, series, tail, source.whole, view, since, is_faint=True))
        if series.name in source.shown and source.shown[series.name]["x"]:
            lines += lines_of(chart, series, source.shown[series.name], source.whole, view, since)
    return drawing_of(chart, lines, view, source.marks)


def drawing_of(
    chart: Chart, lines: Sequence[Line], view: View, marks: Sequence[Mark] = ()
) -> Drawing:
    """These lines as a chart, with what they say in words."""
    shown = [line for line in lines if not line.is_faint]
    words = "; ".join(summary(line) for line in shown)
    # line_chart escapes every text that it is given.
    svg = mark_safe(svg_of(chart, lines, view, marks))
    return Drawing(chart, svg, words or _("no points yet"), is_empty=not shown)


def svg_of(chart: Chart, lines: Sequence[Line], view: View, marks: Sequence[Mark] = ()) -> str:
    """The chart of these lines on the chosen axes."""
    return line_chart(
        lines,
        title=f"{chart.title}, {chart.unit}" if chart.unit else str(chart.title),
        x=Axis(_x_label(view), is_log=view.is_log_x),
        y=Axis(is_log=view.is_log and chart.may_be_log),
        marks=marks,
        is_hidden=True,
    )


def lines_of(
    chart: Chart, series: ChartSeries, curve: Curve, curves: Curves, view: View, since: float
) -> Iterable[Line]:
    """The line; with smoothing the raw one faint, and the smoothed one over it.

    ``since`` (unix seconds) is the beginning of the drawing: wall time is counted from its day on.
    """
    if not view.smoothing:
        return [_line(chart, series, curve, curves, view, since)]
    raw = _line(chart, series, curve, curves, view, since, is_faint=True, has_band=True)
    weight = view.smoothing
    return [raw, _line(chart, series, curve, curves, view, since, weight=weight, has_band=False)]


def _line(
    chart: Chart,
    series: ChartSeries,
    curve: Curve,
    curves: Curves,
    view: View,
    since: float,
    *,
    is_faint: bool = False,
    has_band: bool | None = None,
    weight: float = 0.0,
) -> Line:
    change = TRANSFORMS[chart.transform]
    values = {
        part: change(floats(curve[part]))  # type: ignore[literal-required]
        for part in ("last", "low", "high")
        if part in curve
    }
    shows_band = not is_faint if has_band is None else has_band
    return Line(
        str(series.label),
        _drawn_x(x_of(curve, curves, view.x), view, since).tolist(),
        smoothed(values["last"], weight).tolist(),
        low=values["low"].tolist() if shows_band and "low" in values else (),
        high=values["high"].tolist() if shows_band and "high" in values else (),
        slot=series.slot,
        is_faint=is_faint,
        dash=(series.slot - 1) % NUM_DASHES if chart.has_end_labels else 0,
    )


def _drawn_x(x: Floats, view: View, since: float) -> Floats:
    """For wall time hours of the day of ``since`` (24 is the next midnight); no x <= 0 on a log."""
    if view.x == "wall":
        return (x - since // _DAY_SECONDS * _DAY_SECONDS) / 3600
    if view.is_log_x and (x > 0).any():
        return np.maximum(x, x[x > 0].min())
    return x


def _x_label(view: View) -> str:
    return _("Hour of the day, UTC") if view.x == "wall" else str(X_AXES[view.x])
