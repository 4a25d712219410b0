"""C4's line rules: every reason on a line of its own, in several scripts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.transforms.batches import transformed
from training.corpus.places import words
from training.corpus.signals.batch import LINE_ENDERS
from training.corpus.signals.fixed_phrases import POLICY_PHRASES

GOOD = "This is a sentence of prose."
JAVASCRIPT = "speaks of JavaScript"
POLICY = "is a notice of cookies, terms or privacy"
FEW = "has too few words"
LONG = "has a word that is too long"
NO_END = "does not end a sentence"


@pytest.mark.parametrize(
    ("line", "options", "reason"),
    [
        ("Please enable JavaScript to see this page.", {}, JAVASCRIPT),
        ("We and our partners use cookies here.", {}, POLICY),
        ("Read our Privacy Policy before you go on.", {}, POLICY),
        ("TERMS OF USE apply to all of this.", {}, POLICY),
        ("Home page", {}, FEW),
        ("首页", {}, FEW),
        ("😀 😀 😀", {}, FEW),
        ("-----", {}, FEW),
        ("Read this " + "x" * 1_001 + " now.", {}, LONG),
        ("A heading of four words", {"must_end": True}, NO_END),
        ("It was cut off here...", {"must_end": True}, NO_END),
        ("It was cut off here…", {"must_end": True}, NO_END),
    ],
)
def test_a_line_goes_for_its_reason(line, options, reason):
    (told,) = transformed("line_rules", [f"{GOOD}\n{line}\n{GOOD}"], **options)
    assert told == (f"{GOOD}\n{GOOD}", [reason])


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        "今天天气很好。",
        '"He said so himself."',
        "ماذا قال الرجل أمس؟",
        "What was that?",
        "",
        "   ",
    ],
)
def test_prose_and_blank_lines_stay(line):
    text = f"{GOOD}\n{line}\n{GOOD}"
    assert transformed("line_rules", [text], must_end=True) == [(text, [])]


def test_each_rule_can_be_switched_off():
    text = f"short\nenable javascript now\nwe use cookies here\n{'y' * 2_000}\nno end"
    off = {
        "min_words": 0,
        "drops_javascript": False,
        "drops_policies": False,
        "max_word_characters": 0,
    }
    assert transformed("line_rules", [text], **off) == [(text, [])]


LINE = st.text('ab 漢。.!…"xé\tcookiesu', max_size=25)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=6), st.integers(0, 3), st.sampled_from([0, 4]),
       st.booleans())  # fmt: skip
def test_lines_are_judged_as_plain_python_judges_them(lines, min_words, longest, must_end):
    def reason(line: str) -> str:
        line = line.strip(" \t\n\r\v\f")
        if not line:
            return ""
        if any(phrase in line.lower() for phrase in POLICY_PHRASES):
            return POLICY
        found = words(line)
        if len(found) < min_words:
            return FEW
        if longest and any(len(word) > longest for _, _, word in found):
            return LONG
        is_ended = line[-1] in LINE_ENDERS and not re.search(r"(\.\.\.|…)$", line)
        return NO_END if must_end and not is_ended else ""

    text = "\n".join(lines)
    options = {"min_words": min_words, "max_word_characters": longest, "must_end": must_end}
    ((_, told),) = transformed("line_rules", [text], **options)
    assert told == [why for line in lines if (why := reason(line))]
