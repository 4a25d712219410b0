"""Generated texts: JSON with certain keys, and names that are in no lexicon."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.generate.checks import Tally, TextChecks, names_in, structure_problem
from training.specs.watching import SamplesPart

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)  # fmt: skip


@given(JSON, st.sampled_from(["{}", "  {}\n", "```\n{}\n```", "```json\n{}\n```\n"]))
def test_what_json_writes_is_valid(value: object, form: str) -> None:
    assert structure_problem(form.replace("{}", json.dumps(value))) == ""


@pytest.mark.parametrize(
    ("text", "keys", "problem"),
    [
        ("", [], "is empty"),
        ("``` \n```", [], "is no JSON: "),
        ('{"dose": 1', [], "is no JSON: Expecting ',' delimiter at character 11"),
        ('{"dose": 1} and more', [], "is no JSON: Extra data at character 13"),
        ("{'dose': 1}", [], "is no JSON: "),
        ('{"dose": NaN}', [], "is no JSON: NaN is no number in it"),
        ("[" * 100_000, [], "nested too deep"),
        ("[1]", ["dose"], "is JSON, but no object with keys"),
        ('{"dose": 1}', ["dose", "drug"], "lacks the key drug"),
        ("{}", ["dose", "drug"], "lacks the keys dose, drug"),
        ('{"dose": null, "drug": ""}', ["dose", "drug"], ""),
    ],
)
def test_why_a_text_is_not_what_is_asked_for(text: str, keys: list[str], problem: str) -> None:
    found = structure_problem(text, keys)
    assert problem in found
    assert bool(found) == bool(problem)


def test_names_are_words_with_an_ending_that_the_lexicon_does_not_hold() -> None:
    checks = TextChecks.of(
        is_json=False, keys=[], endings=["-mab", "Nib"], lexicon=[" rituximab ", "İmatinib"]
    )
    text = "Give RITUXIMAB, Foomab or foomab (not mab) with xelo-nib; numab2, ибрутиниб, mabs."
    assert names_in(text, checks.endings) == ("RITUXIMAB", "Foomab", "xelo-nib", "numab")
    checked = checks.check(text)
    assert checked.problem is None
    assert checked.unknown == ("Foomab", "xelo-nib", "numab")
    assert checked.told() == {
        "num_names": 4, "num_unknown": 3, "unknown": ["Foomab", "xelo-nib", "numab"],
    }  # fmt: skip
    assert checks.check("nothing of the kind").told() == {}


def test_the_event_names_the_first_of_many() -> None:
    checks = TextChecks.of(is_json=True, keys=[], endings=["mab"], lexicon=[])
    told = checks.check(" ".join(f"{chr(97 + n % 26)}{chr(97 + n // 26)}mab" for n in range(60)))
    assert len(told.told()["unknown"]) == 20
    assert told.told()["num_unknown"] == 60
    assert told.told()["is_valid"] is False


def test_the_tally_of_a_step() -> None:
    events = [
        {"is_valid": True},
        {"is_valid": False, "num_names": 3, "num_unknown": 1},
        {"text": "not checked"},
        {"is_valid": "yes", "num_names": True, "num_unknown": "2"},
    ]
    assert Tally.of(events) == Tally(2, 1, 3, 1)
    assert not Tally.of(events[2:])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"required_keys": ["dose"]}, "required_keys"),
        ({"name_endings": ["mab", " - "]}, "name_endings"),
        ({"lexicon": ["Rituximab"]}, "lexicon"),
        ({"structure": "json", "required_keys": ["dose"]}, None),
        ({"name_endings": ["mab"], "lexicon": ["Rituximab"]}, None),
    ],
)
def test_checks_without_use_are_told(fields: dict[str, object], field: str | None) -> None:
    problems = list(SamplesPart.model_validate({"prompts": ["x"], **fields}).problems())
    assert [problem.field for problem in problems] == ([field] if field else [])
