"""How numbers of a corpus report are written."""

from __future__ import annotations

import pytest

from training.report.corpus import wording


def population(value: float | None, error: float | None, sampled: int = 200) -> dict:
    told = {"value": value, "error": error}
    return {"measures": {"x": told}, "num_sampled": sampled, "num_documents": 1_000}


@pytest.mark.parametrize(
    ("value", "error", "is_share", "text"),
    [
        (0.1234, 0.0041, True, "12.3 % ± 0.41"),
        (0.5, 0.0, True, "50.0 %"),
        (12.34, None, False, "12.3"),
        (1_234.5, 20.0, False, "1,234 ± 20.0"),
        (None, None, True, "–"),
        (0.0, 0.0, True, "0 in 200"),
    ],
)
def test_estimates(value: float | None, error: float | None, is_share: bool, text: str) -> None:
    assert wording.estimate(population(value, error), "x", is_share=is_share) == text


def test_nothing_in_all_documents_is_nothing() -> None:
    assert wording.estimate(population(0.0, 0.0, 1_000), "x", is_share=True) == "0"


@pytest.mark.parametrize(
    ("before", "after", "is_share", "text"),
    [
        (0.2, 0.25, True, "+5.00 points"),
        (0.25, 0.2, True, "−5.00 points"),
        (3.0, 3.0, False, "0"),
        (3.0, None, False, "–"),
        (10.0, 25.5, False, "+15.5"),
    ],
)
def test_changes(before: float, after: float | None, is_share: bool, text: str) -> None:
    assert wording.change(before, after, is_share=is_share) == text


def test_shades_follow_the_greatest_and_nothing_has_none() -> None:
    assert wording.shades([[0.0, None, 0.001], [0.5, 1.0, 0.25]]) == [(0, 0, 1), (3, 5, 2)]
    assert wording.shades([[0.5, 4.0]], top=2.0) == [(2, 5)]
    assert wording.shades([[0.0]]) == [(0,)]


def test_an_arrow_only_where_something_changed() -> None:
    assert wording.arrow("1", "1") == "1"
    assert wording.arrow("1", "2") == "1 → 2"
