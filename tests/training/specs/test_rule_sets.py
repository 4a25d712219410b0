"""Sets of rules as YAML: what is written is read back, and every fault has its line."""

from __future__ import annotations

import pytest

from training.errors import SpecError
from training.registry import RULE_PRESETS
from training.specs.rule_sets import RuleSet


@pytest.mark.parametrize("preset", RULE_PRESETS)
def test_what_is_written_decides_as_what_was_there(preset):
    made = RuleSet(RULE_PRESETS[preset].load(), {"zh": "chinese_web"})
    again = RuleSet.read(made.to_yaml("My rules\nsecond: line"))
    assert again.routes == made.routes
    for name, values in made.rules.model_dump(mode="json").items():
        part = getattr(again.rules, name).model_dump(mode="json")
        assert part["is_on"] == values["is_on"]
        assert part == values or not values["is_on"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rules:\n  word_count:\n    at_least: many\n", "line 3, rules.word_count.at_least"),
        ("rules:\n  word_cuont: {}\n", "Did you mean 'word_count'"),
        ("rules:\n  digits: {at_most: 7}\nroutes: {xx: gentle}\n", "line 2, rules.digits.at_most"),
        ("routes:\n  zh: nonsense\n", "line 2, routes.zh"),
        ("rules: {}\ndocuments: /etc/passwd\n", "line 2, documents"),
        ("rules: [", "line 1"),
        ("- a\n- b\n", "holds no rules"),
        ("", "holds no rules"),
        ("rules: !!python/object/apply:os.system [ls]\n", "line 1"),
        ("a: &x [1]\nrules: *x\n", "line"),
        ("rules: {}\n" + "#" * 300_000, "is longer than 200,000"),
    ],
)
def test_a_fault_is_told_with_line_and_field(text, sentence):
    with pytest.raises(SpecError) as caught:
        RuleSet.read(text)
    assert sentence in str(caught.value)
