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


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("text", ["", "a", " \n\n ", "中", "x" * 50, "\n".join(["中文。"] * 5)])
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
