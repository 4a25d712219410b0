"""Picks by every way of comparing, intervals against known figures, and what is told of a set."""

from __future__ import annotations

import math

import pytest

from tests.training.benchmarks.test_prompts import item
from training.benchmarks.results import ChoiceScore, ItemScore, SetResult, by_category, wilson
from training.specs.prompting import Normalisation


def choice(total: float, tokens: int, size: int, without: float, *, greedy=False) -> ChoiceScore:
    return ChoiceScore(total, tokens, size, greedy, without)


def test_each_way_of_comparing_picks_its_own() -> None:
    one = item(0, choices=("a", "b", "c", "d"), answer=0)
    score = ItemScore(
        one,
        (
            choice(-4.0, 1, 4, -5.0),  # sum
            choice(-6.0, 3, 4, -5.5),  # per token: -2.0
            choice(-9.0, 3, 20, -8.0),  # per byte: -0.45
            choice(-8.0, 2, 4, -20.0),  # against itself alone: +12
        ),
    )
    picks = {way: score.pick(way) for way in Normalisation}
    assert picks == {
        Normalisation.NONE: 0, Normalisation.TOKEN: 1, Normalisation.BYTE: 2,
        Normalisation.UNCONDITIONAL: 3,
    }  # fmt: skip
    assert [score.is_right(way) for way in picks] == [False, False, True, False]


def test_equal_choices_go_to_the_first() -> None:
    same = choice(-1.0, 1, 1, -1.0)
    assert ItemScore(item(1), (same, same)).pick(Normalisation.BYTE) == 0


@pytest.mark.parametrize(
    ("right", "number", "low", "high"),
    # Brown, Cai and DasGupta 2001, and R's binom.confint(method = "wilson").
    [
        (0, 10, 0.0, 0.27753),
        (5, 10, 0.23659, 0.76341),
        (10, 10, 0.72247, 1.0),
        (81, 263, 0.25527, 0.36621),
    ],
)
def test_wilson_intervals(right: int, number: int, low: float, high: float) -> None:
    assert wilson(right, number) == pytest.approx((low, high), abs=2e-5)


def test_a_set_tells_accuracy_chance_and_loss_of_right_answers() -> None:
    good, bad = choice(-1.0, 1, 2, -1.0), choice(-3.0, 1, 2, -1.0)
    scores = [
        ItemScore(item(0, category="x"), (good, bad)),
        ItemScore(item(1, category="y"), (good, bad), is_contaminated=True),
    ]
    result = SetResult("s", Normalisation.BYTE, scores)
    told = result.told()
    assert (told["accuracy"], told["chance"], told["contaminated"]) == (0.5, 0.5, 1)
    assert told["answer_loss"] == 2.0
    assert told["answer_bits_per_byte"] == pytest.approx(1 / math.log(2))
    assert [(row["category"], row["accuracy"]) for row in by_category(result)] == [
        ("x", 1.0),
        ("y", 0.0),
    ]


def test_a_cloze_is_right_when_greedy_decoding_writes_it() -> None:
    cloze = item(0, kind="cloze", choices=("a",), answer=0)
    scores = [ItemScore(cloze, (choice(-1.0, 1, 1, 0.0, greedy=g),)) for g in (True, False, False)]
    told = SetResult("s", Normalisation.BYTE, scores).told()
    assert told["accuracy"] == pytest.approx(1 / 3)
    assert told["by"] == {}
