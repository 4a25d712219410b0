"""Placeholders: stable within a text, in the right places, and nothing left of the values."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.pii.values import FOUND
from training.corpus.excerpts import excerpt_of
from training.corpus.pii.columns import redacted, redacted_meta
from training.corpus.pii.redact import masked_piece, redact
from training.registry import RULES

TEXT = "é ada@example.org and Bob@example.org, ADA@example.org; card 4111 1111 1111 1111."


def test_a_piece_shows_no_part_of_a_value_that_it_cuts_through():
    for start in range(2, 18):
        assert masked_piece(TEXT, start, 22) == "<EMAIL_1> and "[0 if start < 17 else 9 :]
    for stop in range(68, len(TEXT)):
        assert masked_piece(TEXT, 56, stop).endswith("card <CARD_1>")


def test_equal_values_have_equal_numbers_whatever_their_spelling():
    assert redact(TEXT).text == "é <EMAIL_1> and <EMAIL_2>, <EMAIL_1>; card <CARD_1>."
    numbers = "4111 1111 1111 1111, 4111111111111111, 5555-5555-5555-4444"
    assert redact(numbers).text == "<CARD_1>, <CARD_1>, <CARD_2>"


def test_only_the_kinds_that_are_named():
    assert redact(TEXT, ["card"]).text == TEXT.replace("4111 1111 1111 1111", "<CARD_1>")
    assert redact(TEXT, []).text == TEXT


def test_a_url_keeps_its_host():
    text = "git clone https://ada:s3cret@example.org/x.git"
    assert redact(text).text == "git clone https://<CREDENTIALS_1>@example.org/x.git"


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([v for some in FOUND.values() for v in some]), st.text(max_size=5)
        ),
        max_size=6,
    )
)
def test_a_redacted_text_has_nothing_left_and_stays_as_it_is(pieces):  # fmt: skip
    once = redact(", ".join(pieces))
    assert redact(once.text).text == once.text
    shown = [once.text[start:stop] for start, stop in once.places]
    assert all(text[0] == "<" and text[-1] == ">" for text in shown)


def test_places_move_with_the_text():
    masked = redact(TEXT)
    for start in range(len(TEXT)):
        for stop in range(start + 1, len(TEXT) + 1):
            ((new_start, new_stop),) = masked.moved([(start, stop)])
            assert 0 <= new_start < new_stop <= len(masked.text)
    words = {"and": "and", "Bob": "<EMAIL_2>", "4111 1111 1111 1111": "<CARD_1>", "card": "card"}
    for word, shown in words.items():
        start = TEXT.index(word)
        ((start, stop),) = masked.moved([(start, start + len(word))])
        assert masked.text[start:stop] == shown


@pytest.mark.parametrize("rule", [None, "personal_data", "digits"])
def test_an_excerpt_never_shows_a_value(rule):
    chosen = RULES[rule].load()(RULES[rule].load_spec()()) if rule else None
    for before in ("", "x " * 200, "word " * 9_998):
        text = before + TEXT
        excerpt = excerpt_of(text, chosen.places(text) if chosen else [])
        assert "example.org" not in excerpt.excerpt
        assert "4111" not in excerpt.excerpt
        for start, stop in excerpt.places:
            assert 0 <= start < stop <= len(excerpt.excerpt)
    if rule == "personal_data":
        excerpt = excerpt_of(TEXT, chosen.places(TEXT))
        marked = [excerpt.excerpt[slice(*place)] for place in excerpt.places]
        assert marked == ["<EMAIL_1>", "<EMAIL_2>", "<EMAIL_1>", "<CARD_1>"]


def test_meta_stays_json_and_other_columns_stay():
    meta = json.dumps({"by": "ada@example.org", "n": [4111111111111111, 7, None, True, "é"]})
    assert json.loads(redacted_meta(meta) or "") == {
        "by": "<EMAIL_1>", "n": ["<CARD_1>", 7, None, True, "é"]}  # fmt: skip
    escaped = '{"by": "ada\\u0040example.org"}'
    assert json.loads(redacted_meta(escaped) or "") == {"by": "<EMAIL_1>"}
    assert redacted_meta("ada@example.org {") == "<EMAIL_1> {"
    assert redacted_meta(None) is None
    batch = pa.record_batch(
        {"text": pa.array(["none", TEXT], pa.large_string()), "meta": [None, meta],
         "source": ["ada@example.org"] * 2}
    )  # fmt: skip
    out = redacted(batch.slice(1), ["email"]).to_pylist()
    assert out[0]["text"].startswith("é <EMAIL_1> and")
    assert "4111" in out[0]["text"]
    assert out[0]["source"] == "ada@example.org"
    assert redacted(batch, ["email"]).schema == batch.schema
