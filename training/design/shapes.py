"""What a block diagram is made of, and how it becomes SVG text. No torch, no layout.

Colours come from CSS classes, never from style attributes, so that one drawing serves both themes
and a strict content security policy; a file that stands alone brings ``DIAGRAM_STYLE`` along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

#: Series colour of each part, in the diagram and in every table beside it.
PART_SLOTS = {
    "token_embedding": 1,
    "position_embedding": 6,
    "attention": 2,
    "feedforward": 4,
    "norms": 5,
    "head": 3,
}
#: For files that stand alone; pages of the dashboard have their own rules for the classes.
DIAGRAM_STYLE = """
.diagram { font: 12px system-ui, sans-serif; }
.diagram__box { fill: #fff; stroke: #c8ccd4; }
.diagram__frame { fill: #f6f7f9; stroke: #c8ccd4; stroke-dasharray: 4 3; }
.diagram__wire { fill: none; stroke: #646a75; stroke-width: 1.25; }
.diagram__wire--main { stroke-width: 2; }
.diagram__wire--tie { stroke-dasharray: 3 3; }
.diagram__tip { fill: #646a75; }
.diagram__sum { fill: #fff; stroke: #646a75; stroke-width: 1.25; }
.diagram__title { fill: #22262e; font-weight: 600; }
.diagram__line { fill: #646a75; font-size: 10.5px; }
.diagram .slot-1 { fill: #2f60b2; } .diagram .slot-2 { fill: #e16c10; }
.diagram .slot-3 { fill: #760a03; } .diagram .slot-4 { fill: #4a9c97; }
.diagram .slot-5 { fill: #937cf1; } .diagram .slot-6 { fill: #531e72; }
"""
TITLE_HEIGHT, LINE_HEIGHT, SUM_RADIUS = 24, 15, 8
_PAD, _TAB = 10, 4


@dataclass(frozen=True)
class Box:
    """A part of the model: a title, a number at its right, lines below; ``part`` colours it."""

    x: float
    y: float
    width: float
    title: str
    lines: Sequence[str] = ()
    aside: str = ""
    part: str = ""

    @property
    def height(self) -> float:
        """By what is written in it."""
        return TITLE_HEIGHT + LINE_HEIGHT * len(self.lines) + (4 if self.lines else 0)

    @property
    def bottom(self) -> float:
        """Of its frame."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Horizontally."""
        return self.x + self.width / 2

    def svg(self) -> Iterator[str]:
        """A rectangle, its coloured tab and its texts."""
        place = f'x="{self.x:g}" y="{self.y:g}" height="{self.height:g}"'
        yield f'<rect class="diagram__box" {place} width="{self.width:g}" rx="4"/>'
        if slot := PART_SLOTS.get(self.part, 0):
            yield f'<rect class="slot-{slot}" {place} width="{_TAB}" rx="2"/>'
        left, right = self.x + _PAD, self.x + self.width - _PAD
        yield _text("diagram__title", left, self.y + 16, self.title)
        if self.aside:
            yield _text("diagram__line", right, self.y + 16, self.aside, "end")
        for number, line in enumerate(self.lines):
            baseline = self.y + TITLE_HEIGHT + LINE_HEIGHT * number + 9
            yield _text("diagram__line", left, baseline, line)


@dataclass(frozen=True)
class Wire:
    """A line through points, with an arrow at its end. ``look``: main, tie or nothing."""

    points: Sequence[tuple[float, float]]
    look: str = ""
    has_tip: bool = False

    def svg(self) -> Iterator[str]:
        """A path, and a triangle for the arrow."""
        path = "M" + "L".join(f"{x:g} {y:g}" for x, y in self.points)
        more = f" diagram__wire--{self.look}" if self.look else ""
        yield f'<path class="diagram__wire{more}" d="{path}"/>'
        if self.has_tip:
            yield f'<path class="diagram__tip" d="{_tip(*self.points[-2:])}"/>'


@dataclass(frozen=True)
class Sum:
    """A circle with a plus, where a branch joins the stream."""

    x: float
    y: float

    def svg(self) -> Iterator[str]:
        """The circle, the plus."""
        r = SUM_RADIUS
        yield f'<circle class="diagram__sum" cx="{self.x:g}" cy="{self.y:g}" r="{r}"/>'
        cross = f"M{self.x - 4:g} {self.y:g}h8M{self.x:g} {self.y - 4:g}v8"
        yield f'<path class="diagram__wire" d="{cross}"/>'


@dataclass(frozen=True)
class Frame:
    """What is repeated; ``label`` stands in its upper right corner."""

    x: float
    y: float
    width: float
    height: float
    label: str

    def svg(self) -> Iterator[str]:
        """A dashed rectangle."""
        size = f'width="{self.width:g}" height="{self.height:g}"'
        yield f'<rect class="diagram__frame" x="{self.x:g}" y="{self.y:g}" {size} rx="8"/>'
        right = self.x + self.width - _PAD
        yield _text("diagram__title", right, self.y + 17, self.label, "end")


@dataclass(frozen=True)
class Pill:
    """A short word on the stream: what goes in, what comes out, what it is multiplied by."""

    x: float
    y: float
    text: str
    width: float = 72

    def svg(self) -> Iterator[str]:
        """A rounded rectangle around its middle."""
        left = self.x - self.width / 2
        size = f'width="{self.width:g}" height="20" rx="10"'
        yield f'<rect class="diagram__box" x="{left:g}" y="{self.y - 10:g}" {size}/>'
        yield _text("diagram__line", self.x, self.y + 4, self.text, "middle")


Shape = Box | Wire | Sum | Frame | Pill


@dataclass
class Diagram:
    """Shapes in the order in which they are drawn, and the size of all of it."""

    width: float
    height: float = 0
    shapes: list[Shape] = field(default_factory=list)

    def svg(self, label: str, *, stands_alone: bool = False) -> str:
        """SVG text; ``label`` is what a reader hears who does not see it."""
        size = f'viewBox="0 0 {self.width:g} {self.height:g}"'
        space = ' xmlns="http://www.w3.org/2000/svg"' if stands_alone else ""
        style = f"<style>{DIAGRAM_STYLE}</style>" if stands_alone else ""
        body = "".join(text for shape in self.shapes for text in shape.svg())
        start = f'<svg class="diagram"{space} {size} role="img" aria-label="{escape(label)}">'
        return f"{start}{style}{body}</svg>"


def _text(look: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    place = f'x="{x:g}" y="{y:g}"'
    if anchor != "start":
        place += f' text-anchor="{anchor}"'
    return f'<text class="{look}" {place}>{escape(text)}</text>'


def _tip(before: tuple[float, float], at: tuple[float, float]) -> str:
    """A triangle that points from the point before; wires go along the axes alone."""
    (x, y), (dx, dy) = at, (at[0] - before[0], at[1] - before[1])
    if abs(dx) > abs(dy):
        back = -5 if dx > 0 else 5
        return f"M{x:g} {y:g}l{back} -4v8z"
    back = -5 if dy > 0 else 5
    return f"M{x:g} {y:g}l-4 {back}h8z"
