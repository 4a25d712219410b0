"""Rows become items: usual columns of well-known sets, ways to tell the answer, and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from training.benchmarks.columns import find_columns
from training.benchmarks.items import ItemError, ReadItem, make_item
from training.errors import FileRefusedError


def read(row: dict[str, Any], answers: str = "auto", **named: Any) -> ReadItem:
    return make_item(3, row, find_columns([row], "auto", named), answers)


KNOWN = {
    "MMLU": ({"question": "q", "subject": "law", "choices": ["w", "x", "y", "z"], "answer": 2}, 2),
    "MMLU as csv": ({"Question": "q", "A": "w", "B": "x", "C": "y", "D": "z", "Answer": "C"}, 2),
    "ARC": (
        {"id": "1", "question": "q", "choices": {"text": ["w", "x", "y"], "label": ["1", "2", "3"]},
         "answerKey": "3"}, 2,
    ),
    "HellaSwag": ({"ind": 4, "ctx": "q", "endings": ["w", "x", "y", "z"], "label": "2"}, 2),
    "PIQA": ({"goal": "q", "sol1": "w", "sol2": "x", "label": 1}, 1),
    "list as text": ({"question": "q", "options": '["w", "x"]', "answer": "x"}, 1),
    "objects": (
        {"stem": "q", "choices": [{"label": "A", "text": "w"}, {"label": "B", "text": "x"}],
         "answer": "B"}, 1,
    ),
    "numbers in a row": ({"question": "q", "choice_0": 7, "choice_1": 9, "answer": "9"}, 1),
}  # fmt: skip


@pytest.mark.parametrize(("row", "answer"), KNOWN.values(), ids=KNOWN)
def test_columns_of_known_sets_are_found(row: dict[str, Any], answer: int) -> None:
    item = read(row)
    assert (item.kind, item.question, item.answer) == ("choice", "q", answer)
    assert len(item.choices) >= 2


def test_text_and_target_are_a_cloze() -> None:
    item = read({"context": "The king is in his", "target": "castle", "domain": "tales"})
    assert (item.kind, item.choices, item.category) == ("cloze", ("castle",), "tales")


@pytest.mark.parametrize(
    ("form", "answer", "place"),
    [("index", 1, 1), ("number", 1, 0), ("number", "2", 1), ("letter", "(b)", 1), ("text", "x", 1)],
)
def test_the_answer_is_told_in_the_way_that_is_named(form: str, answer: Any, place: int) -> None:
    row = {"question": "q", "choices": ["w", "x"], "answer": answer}
    assert read(row, form).answer == place


WRONG = {
    "index": ({"answer": 2}, "'2'; accepted: 0 to 1, A to B.*choose answers: number"),
    "negative": ({"answer": -1}, "'-1'; accepted: 0 to 1"),
    "letter": ({"answer": "C"}, "'C'; accepted"),
    "text": ({"answer": "neither"}, "'neither'; accepted"),
    "nothing": ({"answer": ""}, "is empty"),
    "null": ({"answer": None}, "no column 'answer'"),
    "truth": ({"answer": True}, "true or false"),
    "list": ({"answer": [0]}, "a list"),
    "no question": ({"question": "  "}, "the question .* is empty"),
    "blank choice": ({"choices": ["w", " "]}, "choice 2 of 2 is empty"),
    "one choice": ({"choices": ["w"]}, "the number of choices is 1; at least 2"),
    "27 choices": ({"choices": [str(n) for n in range(27)]}, "at most 26"),
    "null choice": ({"choices": ["w", None]}, "choice 2 of 2 is null"),
    "text for choices": ({"choices": "w or x"}, "a list is needed"),
    "broken list": ({"choices": "[1, 2"}, "no JSON list"),
    "right one twice": ({"choices": ["w", "w"]}, "stands twice"),
    "index or text": ({"choices": ["1", "0"]}, "may be a place or the text"),
    "too long": ({"question": "q" * 1_000_001}, "at most 1,000,000"),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_used_is_refused_with_a_reason(changes: dict[str, Any], told: str) -> None:
    row = {"question": "q", "choices": ["w", "x"], "answer": 0}
    columns = find_columns([row], "auto", {})
    with pytest.raises(ItemError, match=told):
        make_item(3, {**row, **changes}, columns, "auto")


@pytest.mark.parametrize(
    ("row", "kind", "named", "told"),
    [
        ({"question": "q", "answer": 0}, "choice", {}, "no column of choices"),
        ({"question": "q", "choices": ["w", "x"]}, "auto", {}, "which choice is right"),
        ({"choices": ["w", "x"], "answer": 0}, "auto", {}, "no column of the question"),
        ({"text": "q"}, "auto", {}, "words that end the text.*read as cloze"),
        ({"question": "q"}, "auto", {"answer": "gold"}, "no column 'gold', which columns.answer"),
    ],
)
def test_a_file_without_a_column_is_refused_naming_it(
    row: dict[str, Any], kind: str, named: dict[str, Any], told: str
) -> None:
    with pytest.raises(FileRefusedError, match=told):
        find_columns([row], kind, named)
