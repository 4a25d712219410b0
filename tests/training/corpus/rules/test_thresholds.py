"""Every rule on a text that it drops: the reason in words, and the place in the text."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.corpus.rules.test_rules import reason_for
from tests.training.corpus.tables import table_of
from training.corpus.excerpts import EXCERPT_CHARACTERS, excerpt_of
from training.corpus.rules.threshold import Threshold
from training.registry import RULES

CASES = {
    "word_count": ("a b c d", {"at_least": 0, "at_most": 2}, "4 words, more than 2", ["c d"]),
    "mean_word_length": (
        "abcdefghijkl xy", {"at_most": 6}, "7.00 characters per word, more than 6.00",
        ["abcdefghijkl"],
    ),
    "alphabetic_words": (
        "one 2 == 3 four", {}, "40.0% of the words hold a letter, less than 80.0%",
        ["2", "==", "3"],
    ),
    "stop_words": ("apples THE pears x y z v w", {"at_least": 0.2},
                   "12.5% function words, fewer than 20.0%", ["THE"]),
    "distinct_stop_words": ("The cat, the dog", {}, "1 of the commonest words, fewer than 2",
                            ["The", "the"]),
    "symbols": ("#a b... c…", {}, "100.0% as many symbols as words, more than 10.0%",
                ["#", "...", "…"]),
    "digits": ("ab 12 c3", {}, "50.0% digits, more than 15.0%", ["12", "3"]),
    "han": ("ab cd 中", {}, "20.0% Han characters, fewer than 50.0%", ["ab cd"]),
    "bullet_lines": ("• a\n- b\n", {}, "100.0% of the lines begin with a bullet, more than 90.0%",
                     ["•", "-"]),
    "ellipsis_lines": ("a\nb...\nc…", {},
                       "66.7% of the lines end with an ellipsis, more than 30.0%", ["b...", "c…"]),
    "short_lines": ("a\n b \n" + "x" * 31, {"at_most": 0.5},
                    "66.7% of the lines have at most 30 characters, more than 50.0%", ["a", "b"]),
    "line_length": ("ab\n\nabcd", {}, "3.00 characters per line, less than 10.00", ["ab", "abcd"]),
    "ended_lines": ("no\nno 》\nyes.", {"at_least": 0.5},
                    "33.3% of the lines end with a full stop or the like, less than 50.0%",
                    ["no", "no 》"]),
    "newlines": ("a\nb\nc", {}, "66.7% as many line breaks as words, more than 30.0%", []),
    "unique_words": ("a A a a b", {"at_least": 0.5},
                     "40.0% of the words differ, fewer than 50.0%", []),
    "entropy": ("a b a b", {}, "0.69 nats of entropy, less than 3.00", []),
    "longest_word": ("ab https://a.example cd", {"at_most": 10},
                     "17 characters in the longest word, more than 10", ["https://a.example"]),
    "sentences": ("One. Two! ...", {}, "2 sentences, fewer than 5", []),
    "all_caps": ("BUY now, OK", {"at_most": 0.3},
                 "50.0% of the words are in capitals, more than 30.0%", ["BUY", "OK"]),
    "letters": ("12 34 a", {}, "14.3% of the characters are letters, less than 25.0%", []),
    "alphanumeric": ("+-+- *  a", {},
                     "11.1% of the characters are letters or digits, less than 25.0%", []),
    "special_characters": ("a_b !? c", {}, "50.0% special characters, more than 25.0%",
                           ["_", "!?"]),
    "white_space": ("a   b \n c", {}, "66.7% white space, more than 25.0%", ["   ", " \n "]),
    "brackets": ("(a) 【b】", {}, "57.1% brackets, more than 10.0%", ["(", ")", "【", "】"]),
    "curly_brackets": ("if (a) {}", {}, "22.2% curly brackets, more than 0.0%", ["{", "}"]),
    "line_count": ("a\n\nb", {}, "2 lines, fewer than 10", []),
    "longest_line": ("ab\n  abcd", {"at_most": 5},
                     "6 characters in the longest line, more than 5", ["  abcd"]),
    "long_lines": ("ab\nabc\na", {}, "1 character in the third longest line, fewer than 200", []),
    "few_word_lines": ("Home\nAbout us\nThis has more words\n你好吗", {"at_most": 0.4},
                       "50.0% of the lines have one or two words, more than 40.0%",
                       ["Home", "About us"]),
    "uppercase_lines": ("TITLE 1\nthe text", {},
                        "50.0% of the lines are in capitals, more than 30.0%", ["TITLE 1"]),
    "numeric_lines": ("12 345 a\nthe text", {},
                      "50.0% of the lines are mostly digits, more than 30.0%", ["12 345 a"]),
    "javascript_lines": ("Turn on JavaScript", {},
                         "100.0% of the lines name JavaScript, more than 20.0%", ["JavaScript"]),
    "policy_lines": ("Our Cookie Policy\nhere", {},
                     "50.0% of the lines are about policies and cookies, more than 40.0%",
                     ["Cookie Policy"]),
    "lorem_ipsum": ("Lorem ipsum dolor", {}, "1 time lorem ipsum, more than 0", ["Lorem ipsum"]),
    "urls": ("see http://a.b/c?d=1 <www.e.f>", {},
             "76.7% of the text is links, more than 20.0%", ["http://a.b/c?d=1", "www.e.f"]),
    "comments": ("# one\n// two\n#include", {"at_most": 0.5},
                 "66.7% of the lines are comments, more than 50.0%", ["# one", "// two"]),
    "xml_header": ('<?xml version="1.0"?>', {}, "1 XML declaration, more than 0",
                   ["<?xml version="]),
    "speaker_lines": ("Ada: hello\nno\nno: one", {"at_least": 0.9},
                      "66.7% of the lines have a speaker, less than 90.0%", ["Ada", "no"]),
    "turns": ("[12:30] <bob> hi\n王先生：你好", {}, "2 turns, fewer than 4", ["bob", "王先生"]),
    "speakers": ("Ada: hello\nAda: anybody?", {}, "1 speaker, fewer than 2", ["Ada", "Ada"]),
    "repetition": ("spam " * 24, {},
                   "95.0% of the runs of five words stood earlier in the text, more than 80.0%",
                   [" ".join(["spam"] * 23)]),
    "duplicate_lines": ("x\ny\nx", {}, "33.3% of the lines repeat an earlier one, more than 30.0%",
                        ["x"]),
    "duplicate_line_characters": ("xx\ny\nxx", {},
                                  "40.0% of the text is in repeated lines, more than 20.0%",
                                  ["xx"]),
    "duplicate_paragraphs": ("a\nb\n\nc\n \na\nb", {},
                             "33.3% of the paragraphs repeat an earlier one, more than 30.0%",
                             ["a\nb"]),
    "duplicate_paragraph_characters": (
        "a\nb\n\nc\n\na\nb\n", {}, "42.9% of the text is in repeated paragraphs, more than 20.0%",
        ["a\nb"]),
    "top_2grams": ("go on x go on", {},
                   "88.9% of the text is its most frequent run of two words, more than 20.0%",
                   ["go on", "go on"]),
    "top_3grams": ("a b c x a b c", {},
                   "85.7% of the text is its most frequent run of three words, more than 18.0%",
                   ["a b c", "a b c"]),
    "top_4grams": ("我们来了，我们来了", {},
                   "100.0% of the text is its most frequent run of four words, more than 16.0%",
                   ["我们来了", "我们来了"]),
    "language": ("Le bateau a quitté le port avant le lever du soleil, sans un mot.", {}, "", []),
    "personal_data": ("Write to ada@example.org", {},
                      "200.00 pieces of personal data per 1,000 words, more than 5.00",
                      ["ada@example.org"]),
    "exact_duplicates": ("same", {}, "", []),
    "near_duplicates": ("same", {}, "", []),
    "perplexity": ("same", {}, "", []),
    "contamination": ("same", {}, "", []),
    # These want a classifier: tests/training/scoring.
    "quality": ("same", {}, "", []),
    "safety": ("same", {}, "", []),
}  # fmt: skip
for _size, _word, _cut in (
    (5, "five", 15), (6, "six", 14), (7, "seven", 13), (8, "eight", 12), (9, "nine", 11),
    (10, "ten", 10),
):  # fmt: skip
    _phrase = " ".join("abcdefghij"[:_size])
    CASES[f"repeated_{_size}grams"] = (
        f"{_phrase} {_phrase.upper()}", {},
        f"50.0% of the text is in repeated runs of {_word} words, more than {_cut}.0%",
        [_phrase.upper()],
    )  # fmt: skip


def test_every_rule_of_the_registry_is_here():
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][2]])
def test_a_text_is_dropped_with_a_reason_and_its_place(name):
    text, options, reason, marked = CASES[name]
    assert reason_for(name, text, **options) == reason
    rule = RULES[name].load()(RULES[name].load_spec()(**options))
    assert [text[start:stop] for start, stop in rule.places(text)] == marked


#: Texts on which every rule must have a verdict, with a reason in words and places within them.
TEXTS = {
    "empty": "",
    "one character": "a",
    "one ideograph": "中",
    "blank lines": " \n\n \t\n",
    "no spaces": "x" * 5_000,
    "Chinese": "\n".join(["子曰：学而时习之，不亦说乎？"] * 5),
    "mixed": "GPT模型 uses 注意力 (attention) 2017. 見る ไทย",
    "emoji": "🙂👍🏽 👨‍👩‍👧 ok 🇩🇪\n🙂",
    "right to left": "مرحبا بالعالم، كيف حالك؟\nשלום עולם. 12:30",
    "marks and joiners": "e\u0301\u200d\u200b\ufeff\u2028a\u0000b",
    "private use": "\ue000\U000e0041\U0010fffd",
    "Windows": "one\r\ntwo\r\n\r\nthree\r",
}


@pytest.fixture(scope="module")
def table():
    return table_of([*TEXTS.values()])


@pytest.mark.parametrize("name", RULES)
def test_every_rule_judges_every_text_with_a_reason(name, table):
    options = RULES[name].load_spec()()
    rule = RULES[name].load()(options)
    if not rule.is_ready(table):
        return  # It needs a column that another verb makes, and is tested with that.
    for one in (rule, RULES[name].load()(_impossible(options))):
        dropped = one.drops(table, np.ones(len(table), dtype=bool))
        assert dropped.shape == (len(TEXTS),)
        for place in np.flatnonzero(dropped).tolist():
            reason = one.reason(table, place)
            assert reason.strip()
            assert "nan" not in reason


def _impossible(options):
    """The rule with limits that next to nothing keeps, where it has limits of a signal."""
    fields = type(options).model_fields
    limits = {"at_least": 1, "at_most": 0}
    return options.model_copy(update={n: v for n, v in limits.items() if n in fields})


@pytest.mark.parametrize("name", RULES)
def test_one_line_of_ten_megabytes_is_judged(name, long_line):
    rule = RULES[name].load()(RULES[name].load_spec()())
    if rule.is_ready(long_line) and rule.drops(long_line, np.ones(1, dtype=bool))[0]:
        assert rule.reason(long_line, 0).strip()


@pytest.fixture(scope="module")
def long_line():
    return table_of(["never the same 中 " * 555_556])


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_has_places_within_it(name, text):
    rule = RULES[name].load()(RULES[name].load_spec()())
    for start, stop in rule.places(text):
        assert 0 <= start < stop <= len(text)


def test_words_too_short_on_average_are_marked_where_they_are_short():
    rule = RULES["mean_word_length"].load()(RULES["mean_word_length"].load_spec()(at_least=5))
    text = "a bc photographer de"
    assert [text[start:stop] for start, stop in rule.places(text)] == ["a", "bc", "de"]


def test_a_value_at_the_threshold_stays_whatever_its_last_binary_digit():
    table = table_of(["a\nb\nc\na\na\nx\ny\nz\nu\na"])
    assert table.values["duplicate_line_fraction"][0] == np.float32(0.3)
    rule = RULES["duplicate_lines"].load()(RULES["duplicate_lines"].load_spec()(at_most=0.3))
    assert not rule.drops(table, np.ones(1, dtype=bool))[0]


def test_a_reason_never_shows_a_value_equal_to_its_threshold():
    rule = RULES["digits"].load()(RULES["digits"].load_spec()(at_most=0.15))
    assert isinstance(rule, Threshold)
    table = table_of(["a" * 8_495 + "1" * 1_503])
    assert rule.reason(table, 0) == "15.033% digits, more than 15.000%"


def test_an_excerpt_begins_a_little_before_the_first_place():
    rule = RULES["symbols"].load()(RULES["symbols"].load_spec()())
    text = "word " * 100 + "#here " + "more " * 200
    excerpt = excerpt_of(text, rule.places(text))
    assert len(excerpt.excerpt) == EXCERPT_CHARACTERS
    assert excerpt.is_cut
    assert [excerpt.excerpt[slice(*place)] for place in excerpt.places] == ["#"]
    assert text[excerpt.start :].startswith(excerpt.excerpt)
    assert excerpt_of(text).excerpt == text[:EXCERPT_CHARACTERS]
