"""What each signal says of five-line texts, empty, blank, spaceless and Chinese ones included."""

from __future__ import annotations

import pytest

from training.corpus.signals.batch import TextBatch
from training.registry import SIGNALS

PROSE = """It was the best of times,
it was the worst of times,
it was the age of wisdom,
it was the age of foolishness,
and it was the epoch of belief."""
CHINESE = """子曰：学而时习之，不亦说乎？
有朋自远方来，不亦乐乎？
人不知而不愠，不亦君子乎？
学而时习之，不亦说乎？
吾日三省吾身。"""


def value(name: str, text: str):
    return SIGNALS[name].load()(TextBatch.of([text])).tolist()[0]


#: What a text of nothing but white space has all the same.
OF_BLANKS = {
    "num_bytes": len,
    "character_count": len,
    "whitespace_share": lambda text: float(bool(text)),
    "longest_line": lambda text: max(map(len, text.split("\n"))),
}


@pytest.mark.parametrize("name", [name for name in SIGNALS if name != "text_hash"])
@pytest.mark.parametrize("text", ["", " ", "\n\n\n\n\n"])
def test_blank_texts_have_nothing_of_anything(name, text):
    assert value(name, text) == OF_BLANKS.get(name, lambda _: 0)(text)


def test_words_are_counted_and_chinese_by_character():
    assert value("word_count", PROSE) == 31
    assert value("word_count", "a") == 1
    assert value("word_count", "wordswithoutanyspaces") == 1
    assert value("word_count", CHINESE) == sum(c not in "：，？。\n" for c in CHINESE)
    assert value("word_count", "GPT是一个model") == 5


def test_stop_words_are_a_share_of_all_words():
    assert value("stop_word_share", "the cat and the dog") == pytest.approx(3 / 5)
    assert value("stop_word_share", "THE Cat") == 0.5
    assert value("stop_word_share", "我的猫") == pytest.approx(2 / 3)
    assert value("stop_word_share", "error 404 0x00 foo bar") == 0


def test_repeated_lines_count_after_their_first_copy():
    assert value("duplicate_line_fraction", "a\nb\na\n  a\t\n\nb") == pytest.approx(3 / 5)
    assert value("duplicate_line_fraction", PROSE) == 0
    assert value("duplicate_line_fraction", "a\nA") == 0


def test_a_repeated_phrase_counts_its_characters_once():
    # One two three four five, again: the second copy is 19 of 38 characters.
    assert value("repeated_5gram_share", "one two three four five " * 2) == pytest.approx(0.5)
    assert value("repeated_5gram_share", "one two three four " * 1) == 0
    assert value("repeated_5gram_share", "a " * 10) == pytest.approx(9 / 10)
    # "of times it was the" and "it was the age of", each once more than once.
    assert value("repeated_5gram_share", PROSE) == pytest.approx((15 + 13) / 106)
    assert value("repeated_5gram_share", "有朋自远方来，" * 2) == pytest.approx(0.5)


def test_the_repetition_rate_by_hand():
    # Ten words have six runs of five; of these "a b c d e" comes twice: 1 - 5 / 6.
    assert value("repetition_rate", "a b c d e A B C D E") == pytest.approx(1 - 5 / 6)
    # Four words have no run of five, five words have one.
    assert value("repetition_rate", "a a a a") == 0
    assert value("repetition_rate", "a a a a a") == 0
    # Eight runs, all of them "a a a a a": one is different from the others.
    assert value("repetition_rate", "a " * 12) == pytest.approx(1 - 1 / 8)
    # Each Chinese character is a word: 有朋自远方来 twice has eight runs, two of which come again.
    assert value("repetition_rate", "有朋自远方来，有朋自远方来。") == pytest.approx(1 - 6 / 8)


def test_words_in_capitals_and_without_letters():
    # Raw words: HTTP, /, 2, is, OK, !
    assert value("all_caps_word_fraction", "HTTP/2 is OK!") == pytest.approx(2 / 6)
    assert value("letterless_word_fraction", "HTTP/2 is OK!") == pytest.approx(3 / 6)
    assert value("uppercase_share", "Ab cD 1") == 0.5
    assert value("longest_token", "see https://a.example/b now") == 19
    assert value("longest_token", "天地玄黄") == 1


def test_the_vocabulary_of_a_text():
    assert value("unique_word_fraction", "the cat The dog") == 0.75
    # Two words, half each: one bit, which is ln 2.
    assert value("unigram_entropy", "a b a b") == pytest.approx(0.6931471805599453)
    assert value("unigram_entropy", "a a a a") == 0


def test_sentences_are_counted_in_several_scripts():
    assert value("sentence_count", "One. Two! ... Three") == 3
    assert value("sentence_count", "子曰：学而时习之？不亦说乎。好！") == 3
    assert value("sentence_count", "؟ مرحبا. كيف حالك؟") == 2
    assert value("sentence_count", "…?!") == 0


def test_lines_by_what_stands_in_them():
    text = (
        "We use cookies.\nPlease turn on JavaScript\n\nHELLO WORLD\n12 345 a\nlorem ipsum dolor sit"
    )
    assert value("policy_line_fraction", text) == pytest.approx(1 / 5)
    assert value("javascript_line_fraction", text) == pytest.approx(1 / 5)
    assert value("uppercase_line_fraction", text) == pytest.approx(1 / 5)
    assert value("numeric_line_fraction", text) == pytest.approx(1 / 5)
    assert value("few_word_line_fraction", text) == pytest.approx(1 / 5)
    assert value("lorem_ipsum_count", text) == 1
    assert value("longest_line", text) == 25
    assert value("third_longest_line", text) == 15
    assert value("third_longest_line", "a\nbb") == 0


def test_urls_by_their_characters():
    assert value("url_share", "see http://a.b/c, now") == pytest.approx(13 / 21)
    assert value("url_share", "看www.a.cn好") == pytest.approx(8 / 10)
    assert value("url_share", "awww.a.b http:/a") == 0


def test_comments_of_programs():
    text = "# a comment\n#include <a>\nx = 1\n// so\n/* so */\n\n--x;\n"
    assert value("comment_line_fraction", text) == pytest.approx(4 / 6)


def test_turns_of_a_dialogue():
    text = (
        "Ada: Hello!\nAda: Who is there?\n[12:31] <bob> I am.\n\nAda: Good.\nhttp://a.b\nNote 12:30"
    )
    assert value("speaker_line_fraction", text) == pytest.approx(4 / 6)
    assert value("turn_count", text) == 3
    assert value("speaker_count", text) == 2
    assert value("turn_count", "王先生：你好\n李小姐：您好\n王先生：再见") == 3
    many = "\n".join(f"Speaker{number}: yes" for number in range(80))
    assert value("speaker_count", many) == 64


def test_one_line_of_ten_megabytes_is_counted_like_any_other():
    text = "word " * 2_000_000
    assert value("word_count", text) == 2_000_000
    assert value("longest_line", text) == len(text)
    assert value("repetition_rate", text) == pytest.approx(1 - 1 / 1_999_996)
    assert value("longest_token", "x" * 10_000_000) == 10_000_000


def test_the_hash_ignores_spacing_and_composition_only():
    same = [value("text_hash", text) for text in ("Café  x\n", " Cafe\u0301 x", "Café\u3000x")]
    assert len(set(same)) == 1
    assert value("text_hash", "café x") != same[0]
    assert value("text_hash", "Caféx") != same[0]
    assert len(same[0]) == 16
