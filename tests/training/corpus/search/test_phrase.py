"""A phrase is found where Python's regular expressions find it, in any language and case."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.training.corpus.search.oracle import places
from training.corpus.search import kernels
from training.corpus.search.phrase import Phrase
from training.errors import DataError

SIGNS = st.sampled_from(
    "aAbB kK\u212a sSſ ßẞ σΣς éÉ ıIİi 中文字 \n\t\r\u3000\xa0\u2028 😀😁 д.Д-،ש"
)
TEXTS = st.text(SIGNS, max_size=60)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, phrase=st.text(SIGNS, min_size=1, max_size=5), ignores_case=st.booleans())
@example(text="aaa", phrase="aa", ignores_case=False)
@example(text="a \n a  a", phrase="a a", ignores_case=False)
@example(text="x\u212a", phrase="k", ignores_case=True)
def test_hits_are_those_of_regular_expressions(text, phrase, ignores_case):
    if not phrase.split():
        return
    found = Phrase.of(phrase, ignores_case=ignores_case).places(text)
    assert found == places(phrase, text, ignores_case=ignores_case)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, ignores_case=st.booleans(), data=st.data())
def test_whatever_is_cut_out_of_a_text_is_found_in_it(text, ignores_case, data):
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    if not piece.split():
        return
    phrase = Phrase.of(piece.swapcase() if ignores_case and piece.isascii() else piece,
                       ignores_case=ignores_case)  # fmt: skip
    assert phrase.places(text)


def test_case_counts_unless_it_is_ignored():
    assert Phrase.of("Grüße").places("GRÜSSE grüße Grüße") == [(13, 18)]
    assert Phrase.of("Grüße", ignores_case=True).places("GRÜẞE grüße") == [(0, 5), (6, 11)]


@pytest.mark.parametrize(
    ("phrase", "why"), [("", "no phrase"), (" \n", "no phrase"), ("x" * 1001, "1,001"),
                        ("a\ud800", "half of a character")],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_refused(phrase, why):
    with pytest.raises(DataError, match=why):
        Phrase.of(phrase)


@settings(max_examples=100, deadline=None)
@given(text=st.text(SIGNS, max_size=40), size=st.integers(1, 9))
def test_grams_of_a_text_in_pieces_are_its_grams(text, size):
    data = np.frombuffer(text.encode(), dtype=np.uint8)

    def grams(first: int, stop: int) -> list[int]:
        result = np.zeros(len(data) + 1, dtype=np.uint32)
        return result[: kernels.gram_hashes(data, first, stop, len(data), result)].tolist()

    pieces = [one for first in range(0, len(data), size) for one in grams(first, first + size)]
    assert pieces == grams(0, len(data))
