"""What two texts may differ in and still say the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.contamination import oracle
from training.corpus.contamination.index import hash_words
from training.corpus.contamination.words import cut
from training.corpus.signals.batch import TextBatch

ODD = st.text(
    alphabet=st.sampled_from("aBc1_é\u0301\u00adＡ３²ßﬁ文かが\uff76กा\u200b 🙂.,\n'İςΣ\U0001d400")
)


def texts_of(text: str) -> list[str]:
    return [word.text for word in cut(text)]


@pytest.mark.parametrize(("one", "other"), [
    ("The quick, brown FOX!", "the quick brown fox"),
    ("re-\nwrapped   text", "re wrapped\ttext"),
    ("Café Zoë", "cafe zoe"),
    (unicodedata.normalize("NFC", "Ångström é"), unicodedata.normalize("NFD", "Ångström é")),
    ("ＡＢＣ１２３", "abc123"),
    ("co\u00adoperate zero\u200bwidth", "cooperate zerowidth"),
    ("ΟΔΟΣ", "οδος"),
    ("𝐱 + ⼀", "x 一"),
])  # fmt: skip
def test_these_say_the_same(one: str, other: str) -> None:
    assert texts_of(one) == texts_of(other)


@pytest.mark.parametrize(("text", "words"), [
    ("", []), (" \n\t", []), ("!?…🙂", []), ("x", ["x"]),
    ("中文 text", ["中", "文", "text"]), ("has_close(2.5)", ["has_close", "2", "5"]),
    ("مرحبا بك", ["مرحبا", "بك"]), ("\u0301", []), ("´", []), ("a" * 10_000, ["a" * 10_000]),
])  # fmt: skip
def test_words_of_texts_of_every_kind(text: str, words: list[str]) -> None:
    assert texts_of(text) == words


def test_places_are_those_of_characters_in_the_text() -> None:
    text = "🙂 Ｃafe\u0301, 中文"
    assert [text[word.start : word.stop] for word in cut(text)] == ["Ｃafe", "中", "文"]


@given(ODD)
@settings(max_examples=200, deadline=None)
def test_words_are_those_of_the_plain_definition(text: str) -> None:
    assert texts_of(text) == oracle.words(text)


@given(st.lists(ODD, max_size=4))
@settings(max_examples=200, deadline=None)
def test_the_kernel_cuts_the_same_words(texts: list[str]) -> None:
    hashes, offsets = hash_words(TextBatch.of(texts))
    found = [word for text in texts for word in texts_of(text)]
    assert [len(texts_of(text)) for text in texts] == (offsets[1:] - offsets[:-1]).tolist()
    named: dict[int, str] = {}
    for value, word in zip(hashes.tolist(), found, strict=True):
        assert named.setdefault(value, word) == word
    assert len(set(named.values())) == len(named)
