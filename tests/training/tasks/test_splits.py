"""Equal rows never part, a row stays where it is, and shares hold where that is promised."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import DataError, SpecError
from training.specs.tasks import SplitMethod, SplitPart, TasksSpec
from training.tasks.splits import assign


def content(number: int) -> bytes:
    return hashlib.blake2b(str(number).encode(), digest_size=16).digest()


def part(method: str = "hash", **fields) -> SplitPart:
    return SplitPart(method=SplitMethod(method), column="c" if method != "hash" else "", **fields)


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.integers(0, 30), min_size=12, max_size=80),
    method=st.sampled_from(["hash", "stratified", "group", "time"]),
    seed=st.integers(0, 5),
)
def test_equal_rows_never_stand_in_two_splits(numbers, method, seed) -> None:
    ids = [content(number) for number in numbers]
    keys = [str((number * 7 + index * seed) % 5) for index, number in enumerate(numbers)]
    try:
        found = assign(ids, keys, part(method, validation=0.2, test=0.2))
    except DataError:
        assert len(set(numbers)) < 12
        return
    places = defaultdict(set)
    for one, split in zip(ids, found.splits, strict=True):
        if split:
            places[one].add(split)
    assert all(len(splits) == 1 for splits in places.values())
    assert found.num_parted == found.splits.count("")


def test_by_hash_a_row_stays_when_others_are_added() -> None:
    few, many = [content(n) for n in range(500)], [content(n) for n in range(5_000)]
    before = assign(few, [""] * 500, part()).splits
    after = assign(many, [""] * 5_000, part()).splits
    assert after[:500] == before
    shares = Counter(after)
    assert 0.08 < shares["test"] / 5_000 < 0.12
    assert 0.08 < shares["validation"] / 5_000 < 0.12


def test_stratified_holds_the_shares_in_every_value() -> None:
    keys = ["rare"] * 20 + ["common"] * 480
    found = assign([content(n) for n in range(500)], keys, part("stratified")).splits
    assert Counter(found[:20]) == {"train": 16, "validation": 2, "test": 2}
    assert Counter(found[20:]) == {"train": 384, "validation": 48, "test": 48}


def test_a_group_stays_together() -> None:
    keys = [str(n % 40) for n in range(400)]
    found = assign([content(n) for n in range(400)], keys, part("group")).splits
    together = defaultdict(set)
    for key, split in zip(keys, found, strict=True):
        together[key].add(split)
    assert all(len(splits) == 1 for splits in together.values())
    assert set(found) == {"train", "validation", "test"}


@pytest.mark.parametrize("form", ["2024-05-{:02}", "2024-05-{:02}T10:00:00+02:00", "17{:02}"])
def test_the_newest_rows_test_and_those_before_validate(form: str) -> None:
    keys = [form.format(day) for day in range(1, 21)]
    found = assign([content(n) for n in range(20)], keys, part("time")).splits
    assert found == ["train"] * 16 + ["validation"] * 2 + ["test"] * 2


def test_a_time_that_is_none_is_named() -> None:
    with pytest.raises(DataError, match=r"'soon', which is neither a number nor a date"):
        assign([content(0), content(1)], ["2024", "soon"], part("time"))


def test_of_few_rows_every_split_gets_one_and_training_is_never_empty() -> None:
    found = assign([content(n) for n in range(3)], [""] * 3, part())
    assert sorted(found.splits) == ["test", "train", "validation"]
    with pytest.raises(DataError, match=r"none is left to train on"):
        assign([content(1)], ["a"], part("group", validation=0.5, test=0.499999))


@pytest.mark.parametrize(
    ("splits", "problem"),
    [
        ({"validation": 0.5, "test": 0.5}, "splits.test: leaves nothing to train on"),
        ({"method": "group"}, "splits.column: is needed to divide by group"),
        ({"column": "x"}, "splits.column: is not looked at"),
    ],
)
def test_splits_that_contradict_themselves_are_problems(splits, problem) -> None:
    with pytest.raises(SpecError, match=problem):
        TasksSpec.parse({"inputs": [{"path": "a.jsonl"}], "splits": splits})
