"""Remembered verdicts change no figure, whatever is asked before, and are bounded."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.tables import table_of
from training.corpus import verdicts as module
from training.corpus.amounts import Amount, Measure
from training.corpus.funnel import apply_rules, rules_of
from training.corpus.verdicts import Verdicts, options_key
from training.registry import RULE_PRESETS
from training.specs.rules import RulesPart

TEXTS = [
    "",
    "one two three " * 4,
    "one two three " * 4,
    "the cat and the dog of it " * 3,
    "a\nb\nc\nd",
    "我们的猫在这里，它不是狗。",
    "The end of the story is that the story has an end, and no more than that.",
]
TABLE = table_of(TEXTS, ["web", "web", "books", "web", "news", "web", "books"])
KEPT = Verdicts(TABLE, Measure(TABLE))


@settings(max_examples=50, deadline=None)
@given(least=st.integers(0, 30), share=st.floats(0, 1), is_on=st.booleans(), books=st.booleans())
def test_a_funnel_from_memory_is_the_funnel(least, share, is_on, books):
    rules = RulesPart.model_validate(
        {
            "word_count": {"at_least": least},
            "stop_words": {"is_on": is_on, "at_least": share},
            "exact_duplicates": {"source_order": ["books"] if books else []},
        }
    )
    routes = {"zh": RULE_PRESETS["off"].load()} if is_on else {}
    for _ in range(2):
        told = apply_rules(TABLE, rules, routes, verdicts=KEPT)
        fresh = apply_rules(TABLE, rules, routes)
        assert told.as_dict() == fresh.as_dict()
        assert told.is_kept.tolist() == fresh.is_kept.tolist()
        assert told.dropped_by.tolist() == fresh.dropped_by.tolist()


def test_a_verdict_holds_every_document_that_the_rule_drops_alone():
    rules = RulesPart()
    for name, rule, _ in rules_of(rules):
        if rule.is_ready(TABLE):
            found = KEPT.of(options_key(name, rules, {}), rule)
            alone = rule.drops(TABLE, np.ones(len(TABLE), dtype=bool))
            assert found.mask.tolist() == alone.tolist(), name
            assert found.amount.documents == int(alone.sum())


def test_the_oldest_verdicts_are_forgotten(monkeypatch):
    monkeypatch.setattr(module, "_MAX_BYTES", 3)
    kept = Verdicts(TABLE, Measure(TABLE))
    (_, rule, _), *_ = rules_of(RulesPart())
    first = kept.of("0", rule)
    for number in range(1, 3):
        kept.of(str(number), rule)
    assert kept.of("0", rule) is first
    for number in range(3, 6):
        kept.of(str(number), rule)
    assert kept.of("0", rule) is not first


def test_tokens_are_added_only_where_they_are_counted():
    assert Amount(2, 10, 4) - Amount(1, 4, 1) == Amount(1, 6, 3)
    assert Amount(2, 10) + Amount(1, 4, 1) == Amount(3, 14)
