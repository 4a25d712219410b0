"""Two models on the same items: published examples, properties, and what is kept of answers."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.benchmarks.answers import Answers, answers_by_set
from training.benchmarks.benchmark import BenchmarkItem
from training.benchmarks.paired import Paired
from training.units import format_p_value, format_points, rounded_count

_counts = st.integers(0, 60)
_tables = st.builds(Paired, _counts, _counts, _counts, _counts)


def item(index: int, question: str = "", **changes: object) -> BenchmarkItem:
    made = BenchmarkItem(
        index=index, set="sums", name=f"n{index}", kind="choice", question=question or f"q{index}",
        choices=("a", "b"), answer=0, category="", split="", file="f", line=index,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def answers(rights: list[bool], **changes: object) -> Answers:
    rows = [(f"ask {n}", item(n, **changes), right) for n, right in enumerate(rights)]
    return Answers.of(rows)


@pytest.mark.parametrize(
    ("counts", "p_value", "low", "high"),
    [
        # Newcombe 1998, Table II, method 10; its test is that of 12 against 2.
        ((36, 12, 2, 0), 0.00739, 0.0569, 0.3404),
        # Armitage and Berry 1994, two media for one culture: exact p 0.0129, mid-p 0.0074.
        ((20, 12, 2, 16), 0.00739, 0.0562, 0.3292),
        # Bentur 2009 in Fagerland 2013 (exact p 0.0703, mid-p 0.0391) and 2014.
        ((1, 1, 7, 12), 0.0391, -0.5069, -0.0256),
    ],
)
def test_published_examples(
    counts: tuple[int, int, int, int], p_value: float, low: float, high: float
) -> None:
    found = Paired(*counts)
    assert found.p_value == pytest.approx(p_value, abs=5e-5)
    assert found.interval() == pytest.approx((low, high), abs=5e-5)
    assert found.is_clear


@settings(max_examples=200, deadline=None)
@given(_tables)
def test_p_is_the_mid_p_of_whole_numbers(table: Paired) -> None:
    number, fewer = table.num_discordant, min(table.only_first, table.only_second)
    below = sum(math.comb(number, one) for one in range(fewer))
    exact = Fraction(2 * below + math.comb(number, fewer), 2**number)
    assert table.p_value == pytest.approx(float(exact), rel=1e-9)


@settings(max_examples=200, deadline=None)
@given(_tables)
def test_swapped_models_have_the_opposite_difference(table: Paired) -> None:
    other = Paired(table.both, table.only_second, table.only_first, table.neither)
    low, high = table.interval()
    assert other.difference == -table.difference
    assert other.interval() == pytest.approx((-high, -low), abs=1e-12)
    assert (other.p_value, other.is_clear) == (table.p_value, table.is_clear)
    assert other.items_needed == table.items_needed
    assert -1 <= low <= table.difference <= high <= 1


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_equal_answers_have_p_1_and_no_winner(rights: list[bool]) -> None:
    one = answers(rights)
    paired = one.against(one)
    assert (paired.p_value, paired.difference, paired.is_clear) == (1.0, 0.0, False)
    assert paired.items_needed is None


def test_pairs_tell_apart_what_two_intervals_cannot() -> None:
    """79 % and 76 % of 400: Wilson's intervals hold each other, 14 to 2 items do not."""
    paired = Paired(both=302, only_first=14, only_second=2, neither=82)
    assert paired.is_clear
    assert Paired(both=230, only_first=86, only_second=74, neither=10).is_clear is False


def test_items_needed_find_the_difference_four_times_in_five() -> None:
    """Connor 1987 against a simulation of so many items with a fixed seed."""
    seen = Paired(both=200, only_first=32, only_second=20, neither=148)
    needed = seen.items_needed
    assert needed is not None
    assert not seen.is_clear
    shares = np.array([200, 32, 20, 148]) / 400
    draws = np.random.default_rng(1).multinomial(needed, shares, size=400)
    found = np.mean([Paired(*map(int, draw)).p_value < 0.05 for draw in draws])
    assert 0.74 < found < 0.86


def test_large_sets_are_quick_and_exact() -> None:
    equal = Paired(0, 500_000, 499_990, 0)
    assert equal.p_value == pytest.approx(math.erfc(10 / math.sqrt(2 * 999_990)), rel=1e-4)
    assert Paired(0, 900_000, 100_000, 0).p_value == 0.0


def test_answers_are_the_same_in_any_order_of_items_and_under_any_name() -> None:
    rows = [(f"ask {n}", item(n), n % 3 == 0) for n in range(11)]
    named = [(ask, replace(one, name="other", index=9, line=4), right) for ask, one, right in rows]
    one, other = Answers.of(rows), Answers.of(reversed(named))
    assert one.is_of_same_items(other)
    assert one.against(other).num_discordant == 0


@pytest.mark.parametrize(
    "changed",
    [("other words", item(3), True), ("ask 3", item(3, answer=1), True),
     ("ask 3", item(3, choices=("a", "c")), True)],
)  # fmt: skip
def test_another_question_is_another_set_of_items(changed: tuple[str, BenchmarkItem, bool]) -> None:
    rows = [(f"ask {n}", item(n), True) for n in range(5)]
    one, other = Answers.of(rows), Answers.of([*rows[:3], changed, *rows[4:]])
    assert not one.is_of_same_items(other)
    with pytest.raises(ValueError, match="other items"):
        one.against(other)


@given(st.lists(st.booleans(), max_size=70))
def test_what_is_told_is_read_back(rights: list[bool]) -> None:
    one = answers(rights)
    found = Answers.read({"items": len(rights), "answers": one.told()})
    assert found is not None
    assert found.right.tolist() == one.right.tolist()
    assert found.is_of_same_items(one)


@pytest.mark.parametrize(
    "told",
    [{}, {"items": 3}, {"items": 3, "answers": 5}, {"items": "3", "answers": {"right": "oA=="}},
     {"items": 30, "answers": {"right": "oA=="}}, {"items": 3, "answers": {"right": "§"}},
     {"items": 3, "answers": {}}],
)  # fmt: skip
def test_torn_results_have_no_answers(told: dict[str, object]) -> None:
    assert Answers.read(told) is None


def test_each_set_has_its_own() -> None:
    rows = [("x", item(0), True), ("y", item(1, set="words"), False), ("z", item(2), False)]
    found = answers_by_set(rows)
    assert {name: one.right.size for name, one in found.items()} == {"sums": 2, "words": 1}


def test_how_p_and_estimates_are_written() -> None:
    assert [format_p_value(p) for p in (0.02134, 0.48, 1.0, 0.0004)] == [
        "p = 0.021", "p = 0.48", "p = 1", "p < 0.001",
    ]  # fmt: skip
    assert [format_points(share) for share in (-0.0151, 0.0004, 0.0, 0.0005)] == [
        "−1.5", "0.04", "0.0", "0.1",
    ]  # fmt: skip
    assert [format_points(share, signed=True) for share in (0.03, -0.03, 0.0)] == [
        "+3.0", "−3.0", "0.0",
    ]  # fmt: skip
    assert [rounded_count(n) for n in (7, 53, 3_127, 167_187)] == ["7", "53", "3,100", "170,000"]
