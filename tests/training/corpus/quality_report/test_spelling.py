"""Likely misspellings: which words are one slip apart, and what counts decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpus.quality_report.spelling import inner_deletions, is_one_slip, likely_slips


@pytest.mark.parametrize(
    ("word", "meant", "is_slip"),
    [
        ("recieve", "receive", True),  # neighbours exchanged
        ("reserch", "research", True),  # left out
        ("websiite", "website", True),  # put in
        ("exoerience", "experience", True),  # changed, in a long word
        ("stores", "stares", False),  # changed, in a short one
        ("houses", "house", False),  # another ending
        ("xouses", "houses", False),  # another beginning
        ("house", "house", False),
        ("rceieve", "receive", False),  # two slips
        ("abcdefgh", "abdcefgh", True),
    ],
)
def test_one_slip(word: str, meant: str, is_slip: bool) -> None:
    assert is_one_slip(word, meant) is is_slip
    assert is_one_slip(meant, word) is is_slip


def test_counts_decide_which_is_the_slip() -> None:
    counts = {"research": 500, "reserch": 10, "reseacrh": 11, "website": 49, "websiite": 1}
    found = likely_slips(counts)
    # 11 x 50 > 500, and 49 is too few to be known.
    assert [(one.word, one.count, one.meant) for one in found] == [("reserch", 10, "research")]


def test_of_two_words_that_may_be_meant_the_more_frequent_is() -> None:
    counts = {"planning": 90, "planting": 200, "planing": 1}
    assert [one.meant for one in likely_slips(counts)] == ["planting"]


def test_without_frequent_words_there_are_no_slips() -> None:
    assert likely_slips({"reserch": 1, "research": 3}) == []
    assert likely_slips({}) == []


_WORDS = st.text("abc", min_size=6, max_size=8)


@given(st.sets(_WORDS, max_size=40))
def test_deletions_find_what_comparing_all_pairs_finds(words: set[str]) -> None:
    counts = {word: 1_000 if place % 2 else 1 for place, word in enumerate(sorted(words))}
    found = {one.word for one in likely_slips(counts)}
    known = [word for word, count in counts.items() if count > 1]
    assert found == {
        word
        for word, count in counts.items()
        if count == 1 and any(is_one_slip(word, other) for other in known)
    }


def test_the_ends_of_a_word_are_never_left_out() -> None:
    assert list(inner_deletions("abcd")) == ["acd", "abd"]
