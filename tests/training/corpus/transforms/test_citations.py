"""Citation marks: which go, and the white space around them."""

from __future__ import annotations

import pytest

from tests.training.corpus.transforms.batches import transformed

NUMBER, MARK = "is the number of a note", "is a mark for editors"


@pytest.mark.parametrize(
    ("text", "left", "reasons"),
    [
        ("It is so.[1] And so.[23]", "It is so. And so.", [NUMBER, NUMBER]),
        ("It is so [1].", "It is so.", [NUMBER]),
        ("History[edit]\nText", "History\nText", [MARK]),
        ("Really [Citation Needed], yes", "Really, yes", [MARK]),
        ("a [1][2] b", "a b", [NUMBER, NUMBER]),
        ("[1]\n\nnext", "next", [NUMBER]),
        ("漢[3]字", "漢字", [NUMBER]),
        ("empty[] too", "empty too", [NUMBER]),
        ("keep [sic] and [1a] and [ 1 ]", "keep [sic] and [1a] and [ 1 ]", []),
    ],
)
def test_marks_go_with_their_white_space(text, left, reasons):
    assert transformed("citations", [text]) == [(left, reasons)]


def test_a_bracket_that_ends_in_the_next_document_is_none():
    assert transformed("citations", ["a [1", "2] b"]) == [("a [1", []), ("2] b", [])]


def test_options_choose_the_marks():
    text = "a[1] b[编辑] c[edit]"
    assert transformed("citations", [text], has_numbers=False, words=["编辑"]) == [
        ("a[1] b c[edit]", [MARK])
    ]
    assert transformed("citations", [text], has_numbers=False, words=[]) == [(text, [])]
