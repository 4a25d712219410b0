"""Lines, paragraphs and sentences: the compiled loop against plain Python."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.transforms import oracle
from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.units import LINE, PARAGRAPH, SENTENCE, find_units
from training.specs.transform_parts import Sameness

LETTERS = 'aB1٣ .!?。！”)"…é漢😀-\x00\t\n\r\u3000'
KINDS = st.sampled_from([LINE, PARAGRAPH, SENTENCE])


def found(texts: list[str], kind: int, same: Sameness, least: int) -> list[tuple[int, str, int]]:
    """(text, the unit, its hash)."""
    units = find_units(TextBatch.of(texts), kind, same, least)
    rows = zip(*(array.tolist() for array in (units.texts, units.starts, units.stops)), strict=True)
    pieces = [(text, texts[text].encode()[a:b].decode()) for text, a, b in rows]
    return [(*piece, key) for piece, key in zip(pieces, units.hashes.tolist(), strict=True)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.text(LETTERS, max_size=40), min_size=1, max_size=4), KINDS,
       st.sampled_from(Sameness), st.integers(1, 6))  # fmt: skip
def test_units_and_their_forms_are_those_of_plain_python(texts, kind, same, least):
    expected = [
        (place, text[start:stop])
        for place, text in enumerate(texts)
        for start, stop in oracle.units(text, kind)
        if oracle.width(text[start:stop]) >= least
        and (same == Sameness.EXACT or oracle.form(text[start:stop]))
    ]
    told = found(texts, kind, same, least)
    assert [row[:2] for row in told] == expected
    forms = {
        (oracle.form(piece) if same == Sameness.ALIKE else piece): key for _, piece, key in told
    }
    assert len(set(forms.values())) == len(forms)
    assert all(
        forms[oracle.form(piece) if same == Sameness.ALIKE else piece] == key
        for _, piece, key in told
    )


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Pi is 3.14. So.", ["Pi is 3.14.", "So."]),
        ('He said "go." Then left', ['He said "go."', "Then left"]),
        ("一。二！“三。”四", ["一。", "二！", "“三。”", "四"]),
        ("سؤال؟ جواب.", ["سؤال؟", "جواب."]),
        ("Wait... what?!", ["Wait...", "what?!"]),
        ("no end\nnext", ["no end", "next"]),
    ],
)
def test_sentences_of_several_scripts(text, sentences):
    assert [piece for _, piece, _ in found([text], SENTENCE, Sameness.EXACT, 1)] == sentences


def test_alike_goes_by_letters_not_by_case_digits_or_marks():
    texts = ["Listen to Chapter 12!", "listen  to chapter 57", "listen to chapter 5"]
    keys = [key for _, _, key in found(texts, LINE, Sameness.ALIKE, 1)]
    assert keys[0] == keys[1] != keys[2]


def test_a_line_of_punctuation_is_no_unit_where_punctuation_is_ignored():
    assert found(["-----\n。。。"], LINE, Sameness.ALIKE, 1) == []
    assert len(found(["-----\n。。。"], LINE, Sameness.EXACT, 1)) == 2
