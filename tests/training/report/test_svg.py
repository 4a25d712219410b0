"""Charts as SVG: well-formed, no style attributes, nothing hidden."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest

from training.report.scale import log_ticks, ticks
from training.report.svg import Axis, Line, Mark, line_chart, sparkline, summary

STEPS = list(range(1, 101))
LOSS = [9 * math.exp(-step / 30) + 1 for step in STEPS]


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def test_a_chart_is_well_formed_named_and_without_style_attributes() -> None:
    svg = line_chart([Line("loss", STEPS, LOSS)], title="Loss <train>")
    root = parsed(svg)
    assert root.get("role") == "img"
    assert "least 1.3" in (root.get("aria-label") or "")
    assert "style=" not in svg


def test_values_that_are_not_finite_are_marked_on_the_floor_and_break_the_line() -> None:
    values = [3.0, math.nan, 2.0, math.inf, 1.0, 0.5]
    svg = line_chart([Line("loss", range(6), values)], title="Loss")
    assert svg.count('class="plot-mark"') == 2
    path = re.search(r'class="plot-line plot-1" d="([^"]+)"', svg)
    assert path is not None
    assert path.group(1).count("M") == 3
    assert "nan" not in path.group(1)


def test_a_spike_in_the_band_widens_the_axis() -> None:
    flat = [1.0] * 100
    high = [*flat[:50], 40.0, *flat[51:]]
    svg = line_chart([Line("loss", STEPS, flat, low=flat, high=high)], title="Loss")
    assert ">40<" in svg
    assert "plot-band" in svg


def test_two_lines_get_a_key_one_does_not() -> None:
    one = line_chart([Line("loss", STEPS, LOSS)], title="Loss")
    two = line_chart([Line("train", STEPS, LOSS), Line("held out", STEPS, LOSS, slot=2)], title="L")
    assert ">held out<" in two
    assert ">loss<" not in one.replace("<desc>loss", "")


def test_a_log_axis_leaves_out_what_it_cannot_show() -> None:
    svg = line_chart([Line("x", [1, 2, 3], [0.0, 0.01, 10.0])], title="X", y=Axis(is_log=True))
    path = re.search(r'class="plot-line plot-1" d="([^"]+)"', svg)
    assert path is not None
    assert path.group(1).count("l") == 1


@pytest.mark.parametrize("values", [[], [math.nan], [0.0], [5.0, 5.0]])
def test_empty_constant_and_broken_series_draw_without_a_crash(values: list[float]) -> None:
    parsed(line_chart([Line("x", range(len(values)), values)], title="X"))
    parsed(sparkline(values, title="X"))


def test_the_summary_says_from_to_least_and_how_many_were_broken() -> None:
    line = Line("loss", [1, 2, 3, 4], [4.0, 1.0, math.nan, 2.0])
    assert summary(line) == "loss from 4 at 1 to 2 at 4, least 1, 1 not finite"


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert all(0.9 <= tick <= 9.1 for tick in ticks(0.9, 9.1))
    assert log_ticks(0.5, 2_000) == [1, 10, 100, 1000]
    assert log_ticks(1, 8) == [1, 2, 5]


def places(path: str) -> list[tuple[float, float]]:
    """Where a path of "M", "l" and relative pairs goes."""
    found: list[tuple[float, float]] = []
    for run in path.split("M")[1:]:
        start, _, ways = run.partition("l")
        x, y = (float(number) for number in start.split())
        found.append((x, y))
        numbers = [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", ways)]
        for across, down in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + across, y + down
            found.append((x, y))
    return found


def test_the_path_goes_through_every_point_without_drift() -> None:
    svg = line_chart([Line("loss", STEPS, LOSS)], title="Loss")
    path = re.search(r'class="plot-line plot-1" d="([^"]+)"', svg)
    assert path is not None
    found = places(path.group(1))
    assert len(found) == len(STEPS)
    assert found[0][0] == 60
    assert found[-1] == (pytest.approx(546), pytest.approx(max(y for _, y in found)))


def test_what_happened_is_marked_where_it_did() -> None:
    marks = [
        Mark(1, "checkpoint"),
        Mark(100, "checkpoint"),
        Mark(50, "failed"),
        Mark(200, "failed"),
    ]
    svg = line_chart([Line("loss", STEPS, LOSS)], title="Loss", marks=marks)
    saved = re.search(r'class="plot-event plot-event-checkpoint" d="([^"]+)"', svg)
    assert saved is not None
    assert saved.group(1) == "M60 220v-11M546 220v-11"
    # What lies beyond the range is left out.
    failed = re.search(r'class="plot-event plot-event-failed" d="([^"]+)"', svg)
    assert failed is not None
    assert failed.group(1).count("M") == 1


def test_eight_lines_with_long_names_have_a_key_within_the_drawing() -> None:
    lines = [Line(f"{n} " + "name" * 20, STEPS, LOSS, slot=n, dash=n - 1) for n in range(1, 9)]
    svg = line_chart(lines, title="Loss, training")
    root = parsed(svg)
    texts = [one for one in root.iter() if one.tag.endswith("text") and "name" in (one.text or "")]
    assert len(texts) == 8
    for one in texts:
        assert float(one.get("x") or 0) + 6.6 * len(one.text or "") <= 560
    assert len({one.get("y") for one in texts}) > 1
    looks = set(re.findall(r'class="(plot-line plot-\d[^"]*)"', svg))
    assert len(looks) == 8
