"""What an objective measures besides its loss has a chart, a number in the strip, a column."""

from __future__ import annotations

import pytest

from training.registry import METRICS, OBJECTIVES, perplexity_kind
from training.report.tables import evaluation_table, validation_table
from webapp.runs.chart_table import CHARTS, METRIC_CHARTS, charts_for
from webapp.runs.folder_facts import Point
from webapp.runs.stats import perplexity_note, strip


def test_every_metric_has_a_line_in_a_chart() -> None:
    drawn = {series.name for chart in METRIC_CHARTS for series in chart.series}
    # The loss scale of fp16 is of the training, and not of any objective.
    assert drawn - {"train/loss_scale"} == {f"validation/{name}" for name in METRICS}
    assert {name for row in OBJECTIVES.values() for name in row.metrics} <= set(METRICS)


def test_a_run_shows_the_charts_of_its_objective() -> None:
    assert [chart.key for chart in charts_for({"objective": "causal"})] == [c.key for c in CHARTS]
    assert charts_for({}) == CHARTS


def test_a_metric_that_was_measured_stands_in_the_strip() -> None:
    latest = {"validation/masked_accuracy": Point(10, 0.0, 0.25)}
    labels = {str(stat.label): stat.value for stat in strip(latest, None)}
    assert labels["Masked accuracy"] == "0.250"
    assert "Masked accuracy" not in {str(stat.label) for stat in strip({}, None)}


def test_no_perplexity_where_the_loss_is_none_of_text() -> None:
    pairs = {"objective": "masked", "masked": {"has_pairs": True}}
    for spec in ({"objective": "replaced"}, pairs):
        assert perplexity_kind(spec) is None
        assert "perplexity" not in {chart.key for chart in charts_for(spec)}
        assert "perplexity" not in {stat.kind for stat in strip({}, None, perplexity_kind(spec))}
    event = {"step": 5, "loss": 30.4, "is_best": True}
    assert validation_table([event], None).columns == ("step", "loss", "")


@pytest.mark.parametrize(
    ("objective", "title"),
    [
        ("causal", "Perplexity"),
        ("masked", "Pseudo-perplexity"),
        ("prefix", "Perplexity behind the prefix"),
        ("blank", "Perplexity of the blanks"),
    ],
)
def test_a_perplexity_is_called_what_it_is(objective: str, title: str) -> None:
    spec = {"objective": objective, objective: {"has_pairs": False}}
    kind = perplexity_kind(spec)
    (stat,) = [one for one in strip({}, None, kind) if one.kind == "perplexity"]
    (chart,) = [one for one in charts_for(spec) if one.key == "perplexity"]
    assert (str(stat.label), str(chart.title)) == (title, title)
    assert (perplexity_note(kind) == "") == (objective == "causal")
    assert stat.about
    event = {"step": 5, "loss": 1.5, "perplexity": 4.48, "is_best": True}
    assert validation_table([event], kind).columns == ("step", "loss", title.lower(), "")
    assert evaluation_table([("text", 5, 1.5)], kind).columns[3] == title.lower()


def test_the_report_has_a_column_for_what_was_measured() -> None:
    event = {"step": 5, "loss": 1.5, "perplexity": 4.48, "is_best": True}
    assert validation_table([event]).columns == ("step", "loss", "perplexity", "")
    measured = validation_table([event, {**event, "masked_accuracy": 0.5}])
    assert measured.columns == ("step", "loss", "perplexity", "masked accuracy", "")
    assert [row[3] for row in measured.rows] == ["–", "0.500"]
