"""The charts of a run page: which series each shows, and their first drawing as SVG.

One table; the page, the script and the report read the same names. Perplexity is no series of its
own: it is e to the loss, computed where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.folder.layout import JobFolder
from training.report.svg import Axis, Line, line_chart, summary
from webapp.runs.live.messages import Curve
from webapp.runs.live.reading import read_snapshot

#: Few enough for a page of 60 kB with six charts, enough for the eye.
_SVG_BUCKETS = 120
_TOKENS = "train/tokens_seen"
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ChartSeries:
    """One line: the metric series, its name in the key, its colour slot."""

    name: str
    label: str | Promise
    slot: int = 1


@dataclass(frozen=True)
class Chart:
    """``transform`` is applied to the stored values: "" or "exp" or "mega" (divide by 10**6)."""

    key: str
    title: str | Promise
    series: tuple[ChartSeries, ...]
    transform: str = ""
    unit: str | Promise = ""
    may_be_log: bool = True

    def as_data(self) -> dict[str, Any]:
        """For the script, in the reader's language."""
        data = asdict(self)
        series = [{**row, "label": str(row["label"])} for row in data["series"]]
        texts = {"title": str(self.title), "unit": str(self.unit)}
        return {**data, **texts, "series": series}


_TRAIN = ChartSeries("train/loss", gettext_lazy("training"), 1)
_HELD_OUT = ChartSeries("validation/loss", gettext_lazy("validation"), 2)
CHARTS = (
    Chart("loss", gettext_lazy("Loss"), (_TRAIN, _HELD_OUT)),
    Chart("perplexity", gettext_lazy("Perplexity"), (_TRAIN, _HELD_OUT), "exp"),
    Chart(
        "gradient",
        gettext_lazy("Gradient norm"),
        (ChartSeries("train/gradient_norm", gettext_lazy("gradient norm"), 3),),
    ),
    Chart(
        "rate",
        gettext_lazy("Learning rate"),
        (ChartSeries("train/learning_rate", gettext_lazy("learning rate"), 4),),
    ),
    Chart(
        "speed",
        gettext_lazy("Speed"),
        (ChartSeries("train/tokens_per_second", gettext_lazy("speed"), 5),),
        unit=gettext_lazy("tokens/s"),
        may_be_log=False,
    ),
    Chart(
        "memory",
        gettext_lazy("Memory"),
        (ChartSeries("system/memory_bytes", gettext_lazy("memory"), 6),),
        "mega",
        unit="MB",
        may_be_log=False,
    ),
)
_TRANSFORMS: dict[str, Callable[[_Floats], _Floats]] = {
    "": lambda values: values,
    "exp": lambda values: np.exp(np.minimum(values, 700)),
    "mega": lambda values: values / 1e6,
}
X_AXES: dict[str, str | Promise] = {
    "step": gettext_lazy("Steps"),
    "tokens": gettext_lazy("Tokens"),
    "time": gettext_lazy("Minutes"),
}


@dataclass(frozen=True)
class View:
    """What of the charts the address chooses."""

    x: str = "step"
    is_log: bool = False

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> View:
        """Unknown values fall back to the default."""
        x = query.get("x", "step")
        return cls(x if x in X_AXES else "step", query.get("log") == "1")


@dataclass(frozen=True)
class Drawing:
    """One chart as it stands in the page before any script."""

    chart: Chart
    svg: SafeString
    summary: str
    is_empty: bool


def draw(folder: JobFolder, view: View) -> list[Drawing]:
    """All charts of the table, from the folder as it is now."""
    found, _cursors = read_snapshot(folder, series=None, buckets=_SVG_BUCKETS)
    curves = {name: series["curve"] for name, series in found.items()}
    tails = {name: series["tails"] for name, series in found.items()}
    return [_draw(chart, curves, tails, view) for chart in CHARTS]


def _draw(
    chart: Chart, curves: Mapping[str, Curve], tails: Mapping[str, Any], view: View
) -> Drawing:
    lines: list[Line] = []
    for series in chart.series:
        for tail in tails.get(series.name, []):
            lines.append(_line(chart, series, tail, curves, view, is_faint=True))
        if series.name in curves:
            lines.append(_line(chart, series, curves[series.name], curves, view))
    shown = [line for line in lines if not line.is_faint]
    words = "; ".join(summary(line) for line in shown)
    svg = line_chart(
        lines,
        title=f"{chart.title}, {chart.unit}" if chart.unit else str(chart.title),
        description=words,
        x=Axis(str(X_AXES[view.x])),
        y=Axis(is_log=view.is_log and chart.may_be_log),
        is_hidden=True,
    )
    # line_chart escapes every text that it is given.
    return Drawing(chart, mark_safe(svg), words or _("no points yet"), is_empty=not shown)


def _line(
    chart: Chart,
    series: ChartSeries,
    curve: Curve,
    curves: Mapping[str, Curve],
    view: View,
    *,
    is_faint: bool = False,
) -> Line:
    change = _TRANSFORMS[chart.transform]
    values = {
        part: change(_floats(curve[part])).tolist()  # type: ignore[literal-required]
        for part in ("last", "low", "high")
        if part in curve
    }
    return Line(
        str(series.label),
        _x(curve, curves, view).tolist(),
        values["last"],
        low=() if is_faint else values.get("low", ()),
        high=() if is_faint else values.get("high", ()),
        slot=series.slot,
        is_faint=is_faint,
    )


def _x(curve: Curve, curves: Mapping[str, Curve], view: View) -> _Floats:
    """The steps themselves, tokens read off the token curve, or minutes since the first point."""
    steps = np.asarray(curve["x"], dtype=np.float64)
    tokens = curves.get(_TOKENS)
    if view.x == "tokens" and tokens and tokens["x"]:
        known = np.concatenate([[0.0], np.asarray(tokens["x"], dtype=np.float64)])
        seen = np.concatenate([[0.0], _floats(tokens["last"])])
        return np.interp(steps, known, seen)
    if view.x == "time":
        start = min(other["time"][0] for other in curves.values() if other["time"])
        return (np.asarray(curve["time"]) - start) / 60
    return steps


def _floats(values: Any) -> _Floats:
    """JSON values back to numbers: float() reads "NaN" and "Infinity"."""
    return np.asarray([float(value) for value in values], dtype=np.float64)
