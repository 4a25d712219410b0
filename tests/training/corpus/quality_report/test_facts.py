"""What is counted of one document: by hand on small texts, and against the plain oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.quality_report import oracle
from training.corpus.quality_report.facts import FACTS, facts_of
from training.corpus.quality_report.words import WordPlaces, beginnings
from training.corpus.signals.batch import TextBatch

_PIECES = [
    "a", "The", "the", "word", "Ünder", "ß", "你", "好", "。", "ไ", "7", "_", " ", "  ", "\t", "\n",
    "\n\n", ".", "?", "!", "…", '"', "'", "(", ")", "[", "]", "{", "“", "”", "「", "」", ":", ";",
    "-", ",", "🙂", "سلام", "؟",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(_PIECES), max_size=60).map("".join)


def facts(*texts: str) -> list[dict[str, int]]:
    batch = TextBatch.of(texts)
    rows = facts_of(batch, WordPlaces.of(batch))
    return [dict(zip(FACTS, row, strict=True)) for row in rows.tolist()]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("", "words", 0),
        ("One two three. Four five six", "sentences", 2),
        ("One two three. Four five six", "whole_sentences", 1),
        ("One two three. four five six.", "sentences", 1),  # an abbreviation, to all appearance
        ("Wrapped after this\nword it goes on.", "sentences", 1),
        ("A heading of four\nThen a whole sentence.", "sentences", 2),
        ("blank line here\n\nthe next one", "sentences", 2),
        ('He said "no, not now." Then he left.', "whole_sentences", 2),
        ("你好世界。我们都在这里", "sentences", 2),
        ("你好世界。我们都在这里", "whole_sentences", 1),
        ("Yes. No. Well.", "sentences", 0),
        ("the the cat", "doubled", 1),
        ("The the cat", "doubled", 1),
        ("the\nthe cat", "doubled", 0),
        ("the, the cat", "doubled", 0),
        ("a a 11 11 好好", "doubled", 0),
        ("(un) [b] {c} “d”", "unmatched", 0),
        ("(un", "unmatched", 1),
        ("a) first\n12) second", "unmatched", 0),
        ("some a) first", "unmatched", 1),
        (":) ;-)", "unmatched", 0),
        ("([)", "unmatched", 1),
        ('5" wide\n"so"', "unmatched", 1),
        ("spelled ordinary six_letters letter5 cats", "spelled_words", 2),
        ("As an AI language model, I cannot.", "assistant", 1),
        ("as an AI-language model", "assistant", 1),
        ("as an AI. Language model", "assistant", 1),
        ("i’m sorry, but I can’t", "assistant", 1),
        ("作为一个人工智能语言模型,我", "assistant", 1),
        ("In conclusion, delve into it", "stock", 2),
        ("Dear [Your Name], Lorem  ipsum dolor", "placeholders", 1),
    ],
)
def test_one_text(text: str, name: str, value: int) -> None:
    assert facts(text)[0][name] == value


def test_a_phrase_over_the_end_of_a_text_is_none() -> None:
    assert [row["assistant"] for row in facts("as an AI language", "model, I")] == [0, 0]
    assert [row["placeholders"] for row in facts("[your", " name]")] == [0, 0]


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_kernels_count_what_the_oracle_counts(texts: list[str]) -> None:
    for text, row in zip(texts, facts(*texts), strict=True):
        sentences = [
            row[name]
            for name in (
                "sentences", "whole_sentences", "begun_sentences", "ended_sentences",
                "sentence_words", "sentence_squares",
            )
        ]  # fmt: skip
        assert sentences == oracle.sentence_facts(text), text
        assert row["unmatched"] == oracle.unmatched(text), text
        assert row["doubled"] == oracle.doubled(text), text
        assert row["bytes"] == len(text.encode())


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_words_stand_where_the_oracle_finds_them(texts: list[str]) -> None:
    batch = TextBatch.of(texts)
    found = WordPlaces.of(batch)
    assert np.array_equal(found.hashes, batch.words.hashes)
    for text, (first, last) in enumerate(zip(found.bounds, found.bounds[1:], strict=False)):
        written = [
            batch.data[start:stop].tobytes().decode()
            for start, stop in zip(found.starts[first:last], found.stops[first:last], strict=True)
        ]
        assert written == [word for word, *_ in oracle.words(texts[text])]


def test_terms_are_words_of_three_letters_and_pairs_of_neighbours() -> None:
    batch = TextBatch.of(["An old house 你好吗 是", "的cat"])
    terms = WordPlaces.of(batch).terms()
    written = [
        batch.data[start:stop].tobytes().decode()
        for start, stop in zip(terms.starts, terms.stops, strict=True)
    ]
    assert written == ["old", "house", "你好", "好吗", "cat"]
    assert terms.bounds.tolist() == [0, 4, 5]


def test_a_long_text_is_cut_without_half_a_character() -> None:
    import pyarrow as pa

    batch = beginnings(pa.array(["é" * 700, "short"], pa.large_string()), 1_001)
    assert batch.texts.to_pylist() == ["é" * 500, "short"]


def test_one_line_of_ten_megabytes() -> None:
    text = "(" * 1_000_000 + " " * 4_000_000 + "word. " * 800_000
    row = facts(text)[0]
    assert row["words"] == 800_000
    assert row["unmatched"] == 1_000_000
