"""The compiled signals equal their plain-Python definition on any text."""

from __future__ import annotations

import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.signals import oracle
from training.corpus.signals.batch import TextBatch
from training.registry import SIGNALS

#: Few words and much white space, so that lines and phrases repeat.
PIECES = st.sampled_from(
    ["the", "The", "cat", "Ärger", "naïve", "x_1", "don't", "的", "猫", "。", "ไทย", "ひらがな",
     "#", "...", "…", ".", "- ", "* ", "•", "5", "٣", "。", "!", "\n\n", "aaa " * 4,
     "e\u0301", "é", "İ", "ſ", "𝔘", "🙂", ",", "--", " ", " ", " ", "\n", "\n", "\r\n", "\t",
     "\u3000", "\u00a0", "\u2028", "\x85", "\x1c", "\u200b", "\ue000", "\U0010fffd",
     "USA", "Ⓐ", "ª", "Ab", "ｈ", "x²", "½", "Ⅷ", "http://a.b/c", "HTTPS://", "www.a.b", "www", ":",
     "javascript", "JavaScript", "Privacy Policy", "use of cookies", "uses cookies", "use cookies",
     "cookie policy", "terms of use", "lorem ipsum", "Lorem ", "Ipsum", "{", "(", "】", "<", ">",
     "Ada: ", "\nAda: hello\n", "\n[12:30] <bob> hi\n", "\n王先生：你好\n", "\n## A b c: d\n",
     "\n# a", "\n// a", "\n--", "\n/*", "\n;", "\n%", "\n\"\"\" a", "\n<!-- a", "'",
     '<?xml version="1.0"?>', "?", "۔", "word_", "\n12 34 a\n", "\nALL CAPS a\n",
     "ada@example.org", "4111111111111111", "106.31.73.20", "460-89-9847", "13812345678"]
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(st.lists(PIECES, max_size=60).map("".join), st.text(max_size=60)), max_size=6
)


def assert_equal_to_oracle(texts: list[str]) -> None:
    batch = TextBatch.of(texts)
    for name, define in oracle.SIGNALS.items():
        computed = SIGNALS[name].load()(batch).tolist()
        assert computed == pytest.approx([define(text) for text in texts], abs=1e-12), name
    hashes = SIGNALS["text_hash"].load()(batch).to_pylist()
    assert hashes == [xxhash.xxh3_128_digest(oracle.normalised(text).encode()) for text in texts]


def test_every_signal_has_a_definition_to_be_held_to():
    assert {*oracle.SIGNALS, "text_hash", "language", "language_score"} == set(SIGNALS)


@settings(max_examples=300, deadline=None)
@given(texts=TEXTS)
def test_every_signal_equals_its_definition(texts):
    assert_equal_to_oracle(texts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        " ",
        "\n\n\t\n",
        "wordswithoutanyspaces" * 9,
        "天地玄黄，宇宙洪荒。" * 5,
        "的",
        "。。。",
        "-",
        "- a\n* b\n-c\n• d\n–",
        "a...\nb…\n....\n#",
        "one\ntwo\n\n \none\ntwo\n\none\n two",
        "第3章 abc 45，\n第3章 abc 45，",
    ],
)
def test_edge_texts_equal_the_definition(text):
    assert_equal_to_oracle([text, "between", text])


def test_long_texts_equal_the_definition():
    phrase = "the quick brown fox jumps over the lazy dog\n"
    unique = " ".join(f"word{number}" for number in range(3_000))
    assert_equal_to_oracle([phrase * 500, unique, unique + phrase + unique])


def test_a_batch_cut_out_of_a_larger_array_is_read_from_its_place():
    texts = [f"text number {number} the" for number in range(10)]
    whole = TextBatch.of(texts).texts
    part = TextBatch(whole.slice(3, 4))
    for row in SIGNALS.values():
        computed = row.load()(part)
        expected = row.load()(TextBatch.of(texts[3:7]))
        assert computed.tolist() == expected.tolist()
