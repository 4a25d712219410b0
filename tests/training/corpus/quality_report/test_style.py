"""Style by hand on few documents; distances of sources; languages and scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.corpus.tables import table_of
from training.corpus.quality_report import style
from training.registry import SIGNALS

ENGLISH = "The owner of the house was not at home when we came to it on that day. " * 3
FRENCH = "Le propriétaire de la maison n'était pas chez lui quand nous sommes arrivés. " * 3
TABLE = table_of(["aa bb", "aaaa bbbb", ENGLISH, FRENCH])
ALL = np.ones(4, dtype=bool)


def test_every_signal_of_style_is_stored() -> None:
    assert [name for name in style.SIGNALS if name not in SIGNALS] == []


def test_mean_and_deviation_by_hand() -> None:
    mask = np.array([True, True, False, False])
    assert style.style_of(TABLE, mask)["mean_word_length"] == {"mean": 3, "deviation": 1}
    assert style.style_of(TABLE, ~ALL) == {}


def test_distances_are_in_deviations_of_the_whole() -> None:
    def told(a: float, b: float) -> dict[str, style.Moments]:
        return {name: {"mean": m, "deviation": 9} for name, m in (("a", a), ("b", b))}

    whole: dict[str, style.Moments] = {
        "a": {"mean": 0, "deviation": 2},
        "b": {"mean": 0, "deviation": 0.5},
        "flat": {"mean": 1, "deviation": 0},
    }
    found = style.distances([told(0, 0), told(2, 1), {}], whole)
    assert found == [[0, 1.5, None], [1.5, 0, None], [None, None, None]]


def test_languages_are_shares_of_documents() -> None:
    mask = np.array([False, False, True, True])
    assert sorted(style.languages_of(TABLE, mask)) == [("en", 0.5), ("fr", 0.5)]
    assert style.languages_of(TABLE, ~ALL) == []
    assert style.languages_of(replace(TABLE, languages=None), ALL) == []


def test_scores_are_told_without_what_is_not_finite() -> None:
    column = np.array([1, 3, np.inf, np.nan], dtype=np.float32)
    table = replace(TABLE, values={**TABLE.values, "score-perplexity-x-v1": column})
    found = style.scores_of(table, ALL)["score-perplexity-x-v1"]
    assert found is not None
    assert found["mean"] == pytest.approx(2)
    assert style.scores_of(table, ~ALL) == {"score-perplexity-x-v1": None}
