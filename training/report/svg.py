"""Line charts as SVG text: for reports, and for run pages before any script has loaded. No torch.

Not a plotting library: lines with an optional min/max band, faint lines, marks for values that
are not finite and for what happened, logarithmic axes. Colours come from CSS classes
(`CHART_STYLE`), never from style attributes, so that one chart serves both themes and a strict
content security policy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from training.report.scale import log_ticks, place_of, range_of, short_number, ticks
from training.units import format_count

#: For documents that stand alone; pages of the dashboard have their own rules for the classes.
CHART_STYLE = """
.plot { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.plot text { fill: var(--text-muted, #666); }
.plot .plot-title { fill: var(--text, #222); font-weight: 600; }
.plot-grid { stroke: var(--line, #ddd); stroke-width: 1; }
.plot-line { fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; }
.plot-dash-1 { stroke-dasharray: 7 4; }
.plot-dash-2 { stroke-dasharray: 2 3; }
.plot-dash-3 { stroke-dasharray: 7 3 2 3; }
.plot-faint { stroke-width: 1.25; opacity: 0.35; }
.plot-band { fill: currentColor; stroke: currentColor; stroke-width: 1; opacity: 0.3; }
.plot-mark { fill: var(--failed-dot, #c33); stroke: none; }
.plot-event { fill: none; stroke: var(--text-muted, #666); stroke-dasharray: 4 3; }
.plot-event-checkpoint { stroke-width: 2; stroke-dasharray: none; }
.plot-event-resumed, .plot-event-warning,
.plot-event-step_skipped { stroke: var(--lost-dot, #b7791f); }
.plot-event-failed, .plot-event-rolled_back,
.plot-event-checkpoint_failed { stroke: var(--failed-dot, #c33); }
.plot-1 { color: var(--series-1, #2f60b2); }
.plot-2 { color: var(--series-2, #e16c10); }
.plot-3 { color: var(--series-3, #760a03); }
.plot-4 { color: var(--series-4, #4a9c97); }
.plot-5 { color: var(--series-5, #937cf1); }
.plot-6 { color: var(--series-6, #531e72); }
"""
NUM_SLOTS, NUM_DASHES = 6, 4
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 14, 32, 40
_TITLE_CHAR_WIDTH, _KEY_CHAR_WIDTH = 7.5, 6.6
_KEY_LINE_WIDTH, _KEY_GAP, _KEY_ROW_HEIGHT, _KEY_CHARS = 21, 14, 16, 28
#: How much of the height the mark of a saved state takes; the others take all of it.
_CHECKPOINT_HEIGHT = 0.06


@dataclass(frozen=True)
class Line:
    """One curve. ``low`` and ``high`` (as long as ``x``) give the band behind it.

    ``slot`` is the colour (1 to 6, then the same again, dashed); ``dash`` 1 to 3 is another
    dashing, 0 none. A faint line stands for points cut by a rewind.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    slot: int = 1
    is_faint: bool = False
    dash: int = 0


@dataclass(frozen=True)
class Mark:
    """Something that happened at ``x``: a checkpoint, or another kind of event."""

    x: float
    kind: str


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
    marks: Sequence[Mark] = (),
    width: int = 560,
    height: int = 260,
    is_hidden: bool = False,
) -> str:
    """An ``<svg>`` element. NaN and infinities are marked on the floor at their x.

    ``description`` is read by screen readers (else `summary` of the first line);
    ``is_hidden`` leaves the chart out for them, where the text stands beside it.
    """
    key = _Key(title, [line for line in series if not line.is_faint], width - _RIGHT)
    margins = (_LEFT, _RIGHT, _TOP + key.extra_height, _BOTTOM)
    plot = _Plot(list(series), x, y, width, height, margins)
    drawn = [plot.grid(), plot.axes(), plot.events(marks), plot.lines(), plot.broken(), key.drawn()]
    body = [part for parts in drawn for part in parts]
    words = description or (summary(series[0]) if series else "")
    name = f"{title}: {words}" if words else title
    access = 'aria-hidden="true"' if is_hidden else f'role="img" aria-label="{escape(name)}"'
    told = "" if is_hidden else f"<title>{escape(title)}</title><desc>{escape(words)}</desc>"
    return (
        f'<svg class="plot" viewBox="0 0 {width} {height}" {access} '
        f'xmlns="http://www.w3.org/2000/svg">{told}{"".join(body)}</svg>'
    )


def sparkline(y: Sequence[float], *, title: str, width: int = 160, height: int = 36) -> str:
    """A bare line without axes, for cards and rows."""
    plot = _Plot([Line(title, range(len(y)), y)], Axis(), Axis(), width, height, (2, 2, 3, 3))
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
    (first_x, first), (last_x, last) = points[0], points[-1]
    text = (
        f"{line.label} from {short_number(first)} at {format_count(first_x)} "
        f"to {short_number(last)} at {format_count(last_x)}, least {short_number(min(lows))}"
    )
    return f"{text}, {num_broken} not finite" if num_broken else text


class _Plot:
    """Scales of one chart, and its parts as SVG text."""

    def __init__(
        self,
        series: list[Line],
        x: Axis,
        y: Axis,
        width: int,
        height: int,
        margins: tuple[int, int, int, int],
    ) -> None:
        self.series, self.x_axis, self.y_axis = series, x, y
        self.width, self.height = width, height
        left, right, top, bottom = margins
        self.left, self.right = left, width - right
        self.top, self.bottom = top, height - bottom
        self.x_range = range_of([v for line in series for v in line.x], is_log=x.is_log, pad=0)
        values = [v for line in series for v in (*line.y, *line.low, *line.high)]
        self.y_range = range_of(values, is_log=y.is_log, pad=0.04)

    def grid(self) -> Iterator[str]:
        """Hairlines and numbers of the y axis."""
        for value in self._ticks(self.y_range, self.y_axis):
            y = self._y(value)
            yield f'<path class="plot-grid" d="M{self.left} {y}H{self.right}"/>'
            yield _label(self.left - 6, y + 4, "end", value)

    def axes(self) -> Iterator[str]:
        """Numbers of the x axis and the names of both."""
        for value in self._ticks(self.x_range, self.x_axis):
            # The last number would stand half outside.
            half = _KEY_CHAR_WIDTH * len(short_number(value)) / 2
            x = round(min(self._x(value), self.width - half - 2), 1)
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
            path = self._path(line.x, line.y)
            yield f'<path class="plot-line plot-{_slot(line)}{extra}{_dash(line)}" d="{path}"/>'

    def events(self, marks: Sequence[Mark]) -> Iterator[str]:
        """One path per kind of what happened within the range; saved states are short."""
        low, high = self.x_range
        shown = [mark for mark in marks if low <= mark.x <= high]
        for kind in dict.fromkeys(mark.kind for mark in shown):
            part = _CHECKPOINT_HEIGHT if kind == "checkpoint" else 1
            height = round(part * (self.bottom - self.top))
            places = dict.fromkeys(self._x(mark.x) for mark in shown if mark.kind == kind)
            path = "".join(f"M{place:g} {self.bottom}v-{height}" for place in places)
            yield f'<path class="plot-event plot-event-{escape(kind)}" d="{path}"/>'

    def broken(self) -> Iterator[str]:
        """A triangle on the floor for every value that is not finite."""
        for line in self.series:
            for x, y in zip(line.x, line.y, strict=True):
                if not math.isfinite(y):
                    at = self._x(x)
                    yield (
                        f'<path class="plot-mark" d="M{at} {self.bottom - 7}l4 7h-8z">'
                        f"<title>{escape(line.label)}: {y} at {format_count(x)}</title></path>"
                    )

    def _ticks(self, bounds: tuple[float, float], axis: Axis) -> list[float]:
        return log_ticks(*bounds) if axis.is_log else ticks(*bounds)

    def _x(self, value: float) -> float:
        return place_of(value, self.x_range, self.left, self.right, is_log=self.x_axis.is_log)

    def _y(self, value: float) -> float:
        return place_of(value, self.y_range, self.bottom, self.top, is_log=self.y_axis.is_log)

    def _shows(self, value: float) -> bool:
        return math.isfinite(value) and (value > 0 or not self.y_axis.is_log)

    def _path(self, xs: Sequence[float], ys: Sequence[float]) -> str:
        runs: list[list[tuple[float, float]]] = []
        is_open = False
        for x, y in zip(xs, ys, strict=True):
            if self._shows(y):
                runs += [] if is_open else [[]]
                runs[-1].append((self._x(x), self._y(y)))
            is_open = self._shows(y)
        # A single point would be invisible as a path.
        return "".join(_joined(run) + ("h2" if len(run) == 1 else "") for run in runs)

    def _band(self, line: Line) -> str:
        rows = [
            (x, low, high)
            for x, low, high in zip(line.x, line.low, line.high, strict=True)
            if self._shows(low) and self._shows(high)
        ]
        # Whole pixels are enough for what is drawn faintly.
        upper = [(round(self._x(x)), round(self._y(high))) for x, _, high in rows]
        lower = [(round(self._x(x)), round(self._y(low))) for x, low, _ in reversed(rows)]
        return f"{_joined(upper + lower)}z" if rows else ""


class _Key:
    """Title, and the name of each line where there are several, in as many rows as they take."""

    def __init__(self, title: str, lines: Sequence[Line], right: float) -> None:
        self.title = title
        self._places: list[tuple[Line, str, float, int]] = []
        x, row = _LEFT + _TITLE_CHAR_WIDTH * len(title) + 20, 0
        for line in lines if len(lines) > 1 else ():
            name = line.label
            name = name if len(name) <= _KEY_CHARS else f"{name[: _KEY_CHARS - 1]}…"
            width = _KEY_LINE_WIDTH + _KEY_CHAR_WIDTH * len(name)
            if x + width > right and x > _LEFT:
                x, row = float(_LEFT), row + 1
            self._places.append((line, name, x, row * _KEY_ROW_HEIGHT))
            x += width + _KEY_GAP
        #: What the rows below the first one take.
        self.extra_height = row * _KEY_ROW_HEIGHT

    def drawn(self) -> Iterator[str]:
        """As SVG text."""
        yield f'<text class="plot-title" x="{_LEFT}" y="18">{escape(self.title)}</text>'
        for line, name, x, y in self._places:
            look = f"plot-{_slot(line)}{_dash(line)}"
            yield f'<path class="plot-line {look}" d="M{x:g} {y + 14}h16"/>'
            yield f'<text x="{x + _KEY_LINE_WIDTH:g}" y="{y + 18}">{escape(name)}</text>'


def _joined(points: Sequence[tuple[float, float]]) -> str:
    """A path through the points, each as the way from the one before: half the bytes."""
    (x, y), *rest = points
    parts = [f"M{x:g} {y:g}"]
    for number, (next_x, next_y) in enumerate(rest):
        way = f"{round(next_x - x, 1):g} {round(next_y - y, 1):g}".replace(" -", "-")
        parts.append(way if number and way.startswith("-") else f"{' ' if number else 'l'}{way}")
        x, y = next_x, next_y
    return "".join(parts)


def _slot(line: Line) -> int:
    return (line.slot - 1) % NUM_SLOTS + 1


def _dash(line: Line) -> str:
    dash = line.dash % NUM_DASHES or int(line.slot > NUM_SLOTS)
    return f" plot-dash-{dash}" if dash else ""


def _label(x: float, y: float, anchor: str, value: float) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{short_number(value)}</text>'
