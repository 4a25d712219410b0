"""Making edits: the compiled loop against plain Python, and what becomes of lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.transforms import oracle
from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.edits import Edits, edited

LETTERS = "ab 。é😀\t\n\r"
TEXTS = st.lists(st.text(LETTERS, max_size=30), min_size=1, max_size=4)


def made(texts: list[str], edits: list[tuple[int, int, int, str]]) -> list[str]:
    """Edits as (text, start, stop, replacement) in characters."""
    rows = [
        (
            place,
            len(texts[place][:start].encode()),
            len(texts[place][:stop].encode()),
            0,
            new.encode(),
        )
        for place, start, stop, new in edits
    ]
    return edited(TextBatch.of(texts), Edits.of(rows)).to_pylist()


@st.composite
def texts_and_edits(draw):
    texts = draw(TEXTS)
    edits = []
    for place, text in enumerate(texts):
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
        for start, stop in zip(cuts[::2], cuts[1::2], strict=False):
            edits.append((place, start, stop, draw(st.sampled_from(["", "", "x", "é "]))))
    return texts, edits


@settings(max_examples=400, deadline=None)
@given(texts_and_edits())
def test_the_compiled_loop_makes_what_plain_python_makes(given_):
    texts, edits = given_
    expected = [
        oracle.edited(text, [edit[1:] for edit in edits if edit[0] == place])
        for place, text in enumerate(texts)
    ]
    assert made(texts, edits) == expected


@pytest.mark.parametrize(
    ("text", "start", "stop", "left"),
    [
        ("one\ntwo\nthree\n", 4, 7, "one\nthree\n"),
        ("one\ntwo", 4, 7, "one"),
        ("one\n", 0, 3, ""),
        ("one\n\ntwo\n\nthree", 5, 8, "one\n\nthree"),
        ("two\n\nthree", 0, 3, "three"),
        ("one\r\ntwo\r\nthree\r\n", 5, 8, "one\r\nthree\r\n"),
        ("A. B. C.", 3, 5, "A. C."),
        ("A. B.", 3, 5, "A."),
        ("  A. B.", 2, 4, "  B."),
        ("one\n\ntwo\n\nthree\n\nfour", 5, 15, "one\n\nfour"),
        ("ab one\ntwo cd", 3, 10, "ab\ncd"),
        ("一。二。三。", 2, 4, "一。三。"),
    ],
)
def test_lines_stay_sane(text, start, stop, left):
    assert made([text], [(0, start, stop, "")]) == [left]


def test_texts_without_edits_keep_every_byte():
    strange = "\n\n  a \r\n\n\n \x00 \u202e 😀\n\n"
    assert made([strange, "b"], [(1, 0, 1, "c")]) == [strange, "c"]


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 0, 1, 0, b"")],  # half of é
        [(0, 2, 0, 0, b"")],
        [(0, 0, 9, 0, b"")],
        [(0, 0, 3, 0, b""), (0, 2, 3, 0, b"")],
        [(1, 0, 1, 0, b""), (0, 0, 2, 0, b"")],
    ],
)
def test_edits_that_no_transform_may_give_are_refused(rows):
    with pytest.raises(ValueError, match="edit"):
        edited(TextBatch.of(["éa", "b"]), Edits.of(rows))
