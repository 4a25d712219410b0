"""What of the charts the address chooses: axis, logarithms, smoothing, zoom, which ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from webapp.runs.chart_table import Chart

X_AXES: dict[str, str | Promise] = {
    "step": gettext_lazy("Steps"),
    "tokens": gettext_lazy("Tokens"),
    "time": gettext_lazy("Minutes"),
    "wall": gettext_lazy("Time of day"),
}
MAX_SMOOTHING = 0.99


@dataclass(frozen=True)
class View:
    """``zoom`` is in units of the x axis (unix seconds for wall time); "" in ``charts`` is all."""

    x: str = "step"
    is_log: bool = False
    is_log_x: bool = False
    smoothing: float = 0.0
    zoom: tuple[float, float] | None = None
    charts: frozenset[str] = frozenset()

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> View:
        """Unknown values fall back to the default."""
        x = query.get("x", "step")
        x = x if x in X_AXES else "step"
        return cls(
            x,
            is_log=query.get("log") == "1",
            is_log_x=query.get("logx") == "1" and x != "wall",
            smoothing=_smoothing(query.get("smooth", "")),
            zoom=_range(query.get("zoom", "")),
            charts=frozenset(filter(None, query.get("charts", "").split(","))),
        )

    def shows(self, chart: Chart) -> bool:
        """Whether this chart was chosen; without a choice all are."""
        return not self.charts or chart.key in self.charts

    def chosen(self, charts: Iterable[Chart]) -> list[Chart]:
        """Those chosen; all when the address names none of them."""
        every = list(charts)
        return [chart for chart in every if self.shows(chart)] or every


def _smoothing(text: str) -> float:
    value = _number(text)
    return 0.0 if value is None else min(MAX_SMOOTHING, max(0.0, value))


def _range(text: str) -> tuple[float, float] | None:
    first, _, last = text.partition("~")
    low, high = _number(first), _number(last)
    return (low, high) if low is not None and high is not None and low < high else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
