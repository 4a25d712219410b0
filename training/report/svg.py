"""Line charts as SVG text: for reports, and for run pages before any script has loaded. No torch.

Not a plotting library: lines with an optional min/max band, faint lines, marks for values that
are not finite, a logarithmic y axis. Colours come from CSS classes (`CHART_STYLE`), never from
style attributes, so that one chart serves both themes and a strict content security policy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from training.units import format_count

#: For documents that stand alone; pages of the dashboard have their own rules for the classes.
CHART_STYLE = """
.plot { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.plot text { fill: var(--text-muted, #666); }
.plot .plot-title { fill: var(--text, #222); font-weight: 600; }
.plot-grid { stroke: var(--line, #ddd); stroke-width: 1; }
.plot-line { fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; }
.plot-dash { stroke-dasharray: 5 3; }
.plot-faint { stroke-width: 1.25; opacity: 0.35; }
.plot-band { fill: currentColor; stroke: currentColor; stroke-width: 1; opacity: 0.3; }
.plot-mark { fill: var(--failed-dot, #c33); stroke: none; }
.plot-1 { color: var(--series-1, #2f60b2); }
.plot-2 { color: var(--series-2, #e16c10); }
.plot-3 { color: var(--series-3, #760a03); }
.plot-4 { color: var(--series-4, #4a9c97); }
.plot-5 { color: var(--series-5, #937cf1); }
.plot-6 { color: var(--series-6, #531e72); }
"""
NUM_SLOTS = 6
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 14, 32, 40
_TITLE_CHAR_WIDTH, _KEY_CHAR_WIDTH = 7.5, 6.6


@dataclass(frozen=True)
class Line:
    """One curve. ``low`` and ``high`` (as long as ``x``) give the band behind it.

    ``slot`` is the colour (1 to 6, then dashed); a faint line stands for points cut by a rewind.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    slot: int = 1
    is_faint: bool = False


@dataclass(frozen=True)
class Axis:
    """Label and scale of one axis."""

    label: str = ""
    is_log: bool = False


def line_chart(
    series: Sequence[Line],
    *,
    title: str,
    description: str = "",
    x: Axis = Axis("step"),
    y: Axis = Axis(),
    width: int = 560,
    height: int = 260,
    is_hidden: bool = False,
) -> str:
    """An ``<svg>`` element. NaN and infinities are marked on the floor at their x.

    ``description`` is read by screen readers (else `summary` of the first line);
    ``is_hidden`` leaves the chart out for them, where the text stands beside it.
    """
    plot = _Plot(list(series), x, y, width, height)
    body = [*plot.grid(), *plot.axes(), *plot.lines(), *plot.marks(), *plot.key(title)]
    words = description or (summary(series[0]) if series else "")
    name = f"{title}: {words}" if words else title
    access = 'aria-hidden="true"' if is_hidden else f'role="img" aria-label="{escape(name)}"'
    return (
        f'<svg class="plot" viewBox="0 0 {width} {height}" {access} '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
        f"<desc>{escape(words)}</desc>{''.join(body)}</svg>"
    )


def sparkline(y: Sequence[float], *, title: str, width: int = 160, height: int = 36) -> str:
    """A bare line without axes, for cards and rows."""
    plot = _Plot(
        [Line(title, range(len(y)), y)], Axis(), Axis(), width, height, margins=(2, 2, 3, 3)
    )
    return (
        f'<svg class="plot plot--spark" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}" preserveAspectRatio="none" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(plot.lines())}</svg>'
    )


def summary(line: Line) -> str:
    """One sentence for those who do not see the chart: from, to, least, what was not finite."""
    points = [(x, y) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(y)]
    if not points:
        return f"{line.label}: no points yet"
    lows = [v for v in line.low if math.isfinite(v)] or [y for _, y in points]
    num_broken = len(line.y) - len(points)
    text = (
        f"{line.label} from {_number(points[0][1])} at {format_count(points[0][0])} "
        f"to {_number(points[-1][1])} at {format_count(points[-1][0])}, least {_number(min(lows))}"
    )
    return f"{text}, {num_broken} not finite" if num_broken else text


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About ``count`` round numbers (1, 2, 2.5, 5 times a power of ten) within a range."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    power = 10.0 ** math.floor(math.log10(span / count))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if span / (m * power) <= count)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten within a positive range, with their doubles and fives where these are few."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [10.0**e for e in exponents if low <= 10.0**e <= high]
    if len(found) > 2:
        return found
    found = [m * 10.0**e for e in exponents for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    # Within less than a factor of two there may be none of them.
    return found if len(found) > 1 else [value for value in ticks(low, high) if value > 0]


class _Plot:
    """Scales of one chart, and its parts as SVG text."""

    def __init__(
        self,
        series: list[Line],
        x: Axis,
        y: Axis,
        width: int,
        height: int,
        margins: tuple[int, int, int, int] = (_LEFT, _RIGHT, _TOP, _BOTTOM),
    ) -> None:
        self.series, self.x_axis, self.y_axis = series, x, y
        self.width, self.height = width, height
        left, right, top, bottom = margins
        self.left, self.right = left, width - right
        self.top, self.bottom = top, height - bottom
        self.x_range = _range([v for line in series for v in line.x], is_log=x.is_log, pad=0)
        values = [v for line in series for v in (*line.y, *line.low, *line.high)]
        self.y_range = _range(values, is_log=y.is_log, pad=0.04)

    def grid(self) -> Iterator[str]:
        """Hairlines and numbers of the y axis."""
        for value in self._ticks(self.y_range, self.y_axis):
            y = self._y(value)
            yield f'<line class="plot-grid" x1="{self.left}" x2="{self.right}" y1="{y}" y2="{y}"/>'
            yield _label(self.left - 6, y + 4, "end", value)

    def axes(self) -> Iterator[str]:
        """Numbers of the x axis and the names of both."""
        for value in self._ticks(self.x_range, self.x_axis):
            x = self._x(value)
            yield _label(x, self.bottom + 16, "middle", value)
        if self.x_axis.label:
            middle = (self.left + self.right) / 2
            yield (
                f'<text x="{middle:g}" y="{self.height - 6}" text-anchor="middle">'
                f"{escape(self.x_axis.label)}</text>"
            )

    def lines(self) -> Iterator[str]:
        """Bands first, then faint lines, then the others, so that nothing hides the newest."""
        for line in self.series:
            if line.low and line.high:
                yield f'<path class="plot-band plot-{_slot(line)}" d="{self._band(line)}"/>'
        for line in sorted(self.series, key=lambda line: not line.is_faint):
            extra = " plot-faint" if line.is_faint else ""
            dash = " plot-dash" if line.slot > NUM_SLOTS else ""
            path = self._path(line.x, line.y)
            yield f'<path class="plot-line plot-{_slot(line)}{extra}{dash}" d="{path}"/>'

    def marks(self) -> Iterator[str]:
        """A triangle on the floor for every value that is not finite."""
        for line in self.series:
            for x, y in zip(line.x, line.y, strict=True):
                if not math.isfinite(y):
                    at = self._x(x)
                    yield (
                        f'<path class="plot-mark" d="M{at} {self.bottom - 7}l4 7h-8z">'
                        f"<title>{escape(line.label)}: {y} at {format_count(x)}</title></path>"
                    )

    def key(self, title: str) -> Iterator[str]:
        """The title, and the name of each line where there are several."""
        yield f'<text class="plot-title" x="{self.left}" y="18">{escape(title)}</text>'
        named = [line for line in self.series if not line.is_faint]
        if len(named) < 2:
            return
        x = self.left + _TITLE_CHAR_WIDTH * len(title) + 20
        for line in named:
            dash = " plot-dash" if line.slot > NUM_SLOTS else ""
            yield f'<path class="plot-line plot-{_slot(line)}{dash}" d="M{x:g} 14h16"/>'
            yield f'<text x="{x + 21:g}" y="18">{escape(line.label)}</text>'
            x += 21 + _KEY_CHAR_WIDTH * len(line.label) + 14

    def _ticks(self, bounds: tuple[float, float], axis: Axis) -> list[float]:
        return log_ticks(*bounds) if axis.is_log else ticks(*bounds)

    def _x(self, value: float) -> float:
        return _place(value, self.x_range, self.left, self.right, is_log=self.x_axis.is_log)

    def _y(self, value: float) -> float:
        return _place(value, self.y_range, self.bottom, self.top, is_log=self.y_axis.is_log)

    def _shows(self, value: float) -> bool:
        return math.isfinite(value) and (value > 0 or not self.y_axis.is_log)

    def _path(self, xs: Sequence[float], ys: Sequence[float]) -> str:
        parts, pen = [], "M"
        for x, y in zip(xs, ys, strict=True):
            if not self._shows(y):
                pen = "M"
                continue
            parts.append(f"{pen}{self._x(x):g} {self._y(y):g}")
            pen = "L"
        # A single point would be invisible as a path.
        return "".join(parts) if len(parts) != 1 else f"{parts[0]}h2"

    def _band(self, line: Line) -> str:
        rows = [
            (x, low, high)
            for x, low, high in zip(line.x, line.low, line.high, strict=True)
            if self._shows(low) and self._shows(high)
        ]
        upper = [f"{self._x(x):g} {self._y(high):g}" for x, _, high in rows]
        lower = [f"{self._x(x):g} {self._y(low):g}" for x, low, _ in reversed(rows)]
        return f"M{'L'.join(upper + lower)}z" if rows else ""


def _slot(line: Line) -> int:
    return (line.slot - 1) % NUM_SLOTS + 1


def _range(values: Sequence[float], *, is_log: bool, pad: float) -> tuple[float, float]:
    """Least and greatest finite value (positive ones for a log axis), a little widened."""
    finite = [v for v in values if math.isfinite(v) and (v > 0 or not is_log)]
    if not finite:
        return (1.0, 10.0) if is_log else (0.0, 1.0)
    low, high = min(finite), max(finite)
    if is_log:
        return (low / 1.1, high * 1.1) if low < high else (low / 2, high * 2)
    if low == high:
        around = abs(low) / 2 or 1.0
        return low - around, high + around
    return low - pad * (high - low), high + pad * (high - low)


def _place(
    value: float, bounds: tuple[float, float], start: float, end: float, *, is_log: bool
) -> float:
    low, high = bounds
    if is_log:
        value, low, high = (math.log10(max(v, 1e-300)) for v in (value, low, high))
    return round(start + (value - low) / (high - low) * (end - start), 1)


def _label(x: float, y: float, anchor: str, value: float) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{_number(value)}</text>'


def _number(value: float) -> str:
    """Short: 1,200 or 0.0031 or 12.3 M."""
    if abs(value) >= 100_000:
        return format_count(value)
    if value == 0 or abs(value) >= 0.001:
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.1e}".replace("e-0", "e-")
