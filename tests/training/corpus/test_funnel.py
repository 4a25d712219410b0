"""The funnel's figures add up, in any combination of rules, and re-filtering reads no text."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.tables import table_of
from training.corpus.funnel import apply_rules
from training.registry import RULE_PRESETS, RULES
from training.specs.rules import (
    DuplicateLinesRule,
    ExactDuplicatesRule,
    Repeated5gramsRule,
    RulesPart,
    StopWordsRule,
    WordCountRule,
)

TEXTS = [
    "",
    "short",
    "the cat and the dog " * 20,
    "a text of its own, with the words that a text has in it",
    "a text of its own, with the words that a text has in it",
    "menu\nmenu\nmenu\nthe end of it",
    "numbers 1 2 3 4 5 6 7 8 9 10 11 12",
    "我们的猫在这里，它不是狗。",
]
CHOSEN = RulesPart(word_count=WordCountRule(at_least=3))


def test_drops_are_told_in_stated_order_alone_and_after_the_others():
    funnel = apply_rules(table_of(TEXTS), CHOSEN)
    told = {outcome.rule: outcome for outcome in funnel.rules}
    assert list(told) == list(RULES)
    assert [name for name, outcome in told.items() if outcome.is_on] == [
        "word_count",
        "stop_words",
        "repetition",
        "duplicate_lines",
        "repeated_5grams",
        "exact_duplicates",
    ]
    assert told["word_count"].dropped.documents == 2
    # Alone it also drops the two short ones, which have no function words.
    assert told["stop_words"].marginal.documents == 3
    assert told["stop_words"].dropped.documents == 1
    assert told["exact_duplicates"].dropped.documents == 1
    assert told["exact_duplicates"].cumulative.documents == 6
    assert funnel.kept.documents == 2
    assert np.flatnonzero(funnel.is_kept).tolist() in ([3, 7], [4, 7])


def test_a_rule_that_is_off_drops_nothing_and_still_shows():
    funnel = apply_rules(table_of(TEXTS), RULE_PRESETS["off"].load())
    assert funnel.kept.documents == len(TEXTS)
    assert [outcome.is_on for outcome in funnel.rules] == [False] * len(RULES)


def test_bytes_are_utf8_bytes_of_text():
    funnel = apply_rules(table_of(TEXTS), CHOSEN)
    assert funnel.total.bytes == sum(len(text.encode()) for text in TEXTS)
    kept = [text for text, kept in zip(TEXTS, funnel.is_kept, strict=True) if kept]
    assert funnel.kept.bytes == sum(len(text.encode()) for text in kept)


def test_the_funnel_is_json():
    data = json.loads(json.dumps(apply_rules(table_of(TEXTS), CHOSEN).as_dict(), allow_nan=False))
    example = data["rules"][0]["examples"][1]
    assert (example["value"], example["reason"]) == (1.0, "1 word, fewer than 3")


def test_no_documents_at_all_give_an_empty_funnel():
    funnel = apply_rules(table_of([]), CHOSEN)
    assert (funnel.total.documents, funnel.kept.documents) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(
    switches=st.lists(st.booleans(), min_size=5, max_size=5),
    least=st.integers(0, 30),
    share=st.floats(0, 1),
    most=st.floats(0, 1),
)
def test_kept_and_dropped_always_add_up(switches, least, share, most):
    rules = RulesPart(
        word_count=WordCountRule(is_on=switches[0], at_least=least),
        stop_words=StopWordsRule(is_on=switches[1], at_least=share),
        duplicate_lines=DuplicateLinesRule(is_on=switches[2], at_most=most),
        repeated_5grams=Repeated5gramsRule(is_on=switches[3], at_most=most),
        exact_duplicates=ExactDuplicatesRule(is_on=switches[4]),
    )
    funnel = apply_rules(table_of(TEXTS), rules)
    dropped = sum(outcome.dropped.documents for outcome in funnel.rules)
    assert funnel.kept.documents + dropped == funnel.total.documents == len(TEXTS)
    assert funnel.kept.documents == int(funnel.is_kept.sum())
    for outcome in funnel.rules[:-1]:
        # A duplicate alone may be another one than among survivors; thresholds only shrink.
        assert outcome.dropped.documents <= outcome.marginal.documents
    assert funnel.rules[-1].cumulative.documents == dropped
