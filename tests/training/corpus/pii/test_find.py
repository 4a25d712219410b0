"""What is personal data and what only looks like it, and that the pre-filter loses nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.pii.values import FOUND, NOT_FOUND, RANDOM
from training.corpus.pii.detector import TRIGGERS
from training.corpus.pii.find import find, find_all, found_in
from training.corpus.signals.batch import TextBatch
from training.registry import PII_KINDS

CASES = [(kind, value) for kind, values in FOUND.items() for value in values]
AROUND = [("", ""), ("Say ", " now."), ("我的是", "，谢谢"), ("(", ")"), ("é: ", "\n"), ('"', '",')]


def in_context(kind: str, value: str) -> str:
    return f"https://{value}@example.org/x" if kind == "url_credentials" else value


def values_in(text: str) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.stop]) for one in find(text)]


def test_every_kind_has_values_here():
    assert set(FOUND) == set(PII_KINDS)


@pytest.mark.parametrize(("kind", "value"), CASES)
@pytest.mark.parametrize(("before", "after"), AROUND)
def test_a_value_is_found_whole_wherever_it_stands(kind, value, before, after):
    text = before + in_context(kind, value) + after
    assert (kind, value) in values_in(text)
    assert len(values_in(text)) == 1


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_is_left_alone(text):
    assert values_in(text) == []
    assert values_in(f"see {text} there") == []


def test_a_number_without_hyphens_is_a_social_security_number_when_it_is_called_so():
    assert values_in("His SSN is 460899847.") == [("ssn", "460899847")]
    assert values_in("Social Security number: 460 89 9847") == [("ssn", "460 89 9847")]


def test_a_secret_key_is_known_by_its_name():
    text = f'aws_secret_access_key = "{RANDOM}"'
    assert values_in(text) == [("api_key", RANDOM)]


def test_a_key_block_without_an_end_is_found_as_far_as_it_goes():
    text = "-----BEGIN PRIVATE" + " KEY-----\n" + "MIIEow+/" * 10 + "\n# the rest is missing"
    assert [kind for kind, _ in values_in(text)] == ["api_key"]
    assert "missing" not in values_in(text)[0][1]


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "a", "中文没有别的", "🙂" * 50, "@", ":::::", "+", "-" * 50]
)
def test_a_text_without_any_has_none(text):
    assert find(text) == []


def test_only_the_kinds_that_are_asked_for():
    text = "ada@example.org, 4111111111111111"
    assert [one.kind for one in find(text, ["card"])] == ["card"]


def test_places_in_a_batch_are_of_each_text_alone():
    texts = ["nothing", "é ada@example.org", "", "中 4111111111111111 ada@example.org"]
    found = {place: [texts[place][f.start : f.stop] for f in some] for place, some in
             find_all(TextBatch.of(texts))}  # fmt: skip
    assert found == {1: ["ada@example.org"], 3: ["4111111111111111", "ada@example.org"]}


PIECES = [in_context(kind, value) for kind, value in CASES] + NOT_FOUND
NOISE = st.text(alphabet="aZ9 @:.-+()/é中🙂\n_x,", max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), NOISE), max_size=8), st.sampled_from(["", " "]))
def test_the_pre_filter_loses_nothing(pieces, joint):
    text = joint.join(pieces)
    assert find(text) == found_in(text, [(trigger, 0, len(text)) for trigger in TRIGGERS])


@pytest.mark.parametrize(
    "unit",
    ["@", "a@", "a@b.cd@", "1", "1 ", "1.", "GB12", "a:", "1:", "-----BEGIN PRIVATE KEY-----",
     "eyJ", "+1", "(", "sk-", "https://a:", "4111 ", "-----B\n", "_-"],
)  # fmt: skip
def test_no_text_takes_more_than_linear_time(unit):
    def cost(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.process_time()
        find(text)
        return time.process_time() - start

    cost(1_000)
    assert cost(400_000) < 12 * max(cost(100_000), 0.02)
