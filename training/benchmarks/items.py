"""What an item of a benchmark is, and how a row of a file becomes one.

Two kinds: ``choice`` (several continuations of which one is right) and ``cloze`` (one
continuation, which the model is to find itself).
"""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.benchmarks.columns import CHOICE, ItemColumns

#: An item with more choices would be named by no letter.
MAX_CHOICES = len(string.ascii_uppercase)
MAX_CHARACTERS = 1_000_000
_SHOWN = 40


class ItemError(ValueError):
    """Why a row is no item, as the rest of a sentence."""


@dataclass(frozen=True)
class Answers:
    """The continuations of an item and the place of the right one."""

    choices: tuple[str, ...]
    answer: int


@dataclass(frozen=True)
class ReadItem:
    """One row as an item; ``name`` is what it calls itself. Any text may be empty."""

    line: int
    kind: str
    name: str
    question: str
    choices: tuple[str, ...]
    answer: int
    category: str
    split: str
    member: str = ""

    @property
    def num_bytes(self) -> int:
        """Size of its texts."""
        return len(self.question.encode()) + sum(len(one.encode()) for one in self.choices)


def make_item(line: int, row: Mapping[str, Any], columns: ItemColumns, answers: str) -> ReadItem:
    """The item in a row; ItemError says what is wrong with it."""
    question = _text(row, columns.question)
    if columns.kind == CHOICE:
        found = _choices(row, columns, answers)
        if not question.strip():
            raise ItemError(f"the question ({columns.question}) is empty")
    else:
        target = _text(row, columns.target)
        if not target.strip():
            raise ItemError(f"the target ({columns.target}) is empty")
        found = Answers((target,), 0)
    item = ReadItem(
        line=line,
        kind=columns.kind,
        name=_short(row, columns.id),
        question=question,
        choices=found.choices,
        answer=found.answer,
        category=_short(row, columns.category),
        split=_short(row, columns.split),
    )
    if item.num_bytes > MAX_CHARACTERS:
        raise ItemError(f"the row holds {item.num_bytes:,} bytes; at most {MAX_CHARACTERS:,}")
    return item


def _choices(row: Mapping[str, Any], columns: ItemColumns, answers: str) -> Answers:
    labels: list[str] = []
    if len(columns.choices) == 1:
        texts, labels = _listed(row, columns.choices[0])
    else:
        texts = [_text(row, name, may_miss=True) for name in columns.choices]
        # Questions of a set may have fewer choices than its columns: the last ones are blank.
        while texts and not texts[-1].strip():
            texts.pop()
    if len(texts) < 2:
        raise ItemError(f"the number of choices is {len(texts)}; at least 2 are needed")
    if len(texts) > MAX_CHOICES:
        raise ItemError(f"there are {len(texts)} choices; at most {MAX_CHOICES} are read")
    for place, text in enumerate(texts):
        if not text.strip():
            raise ItemError(f"choice {place + 1} of {len(texts)} is empty")
    answer = answer_of(_value(row, columns.answer), texts, labels, answers, columns.answer)
    if texts.count(texts[answer]) > 1:
        raise ItemError(
            f"the right answer, {_shown(texts[answer])}, stands twice among the choices"
        )
    return Answers(tuple(texts), answer)


def answer_of(
    value: object, texts: Sequence[str], labels: Sequence[str], form: str, column: str
) -> int:
    """The place of the right choice; ItemError names value, accepted range and a remedy."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ItemError(f"the answer ({column}) is {_kind(value)}, not a number, letter or text")
    told = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    told = told.strip()
    if not told:
        raise ItemError(f"the answer ({column}) is empty")
    if form in ("auto", "letter") and told in labels:
        return [*labels].index(told)
    found = {way(told, texts) for way in _WAYS[form]}
    places: list[int] = [place for place in found if place is not None and 0 <= place < len(texts)]
    if len(places) == 1:
        return places[0]
    if places:
        raise ItemError(
            f"the answer ({column}) is {_shown(told)}, which may be a place or the text of another "
            "choice; say under answers which it is"
        )
    raise ItemError(
        f"the answer ({column}) is {_shown(told)}; accepted: {_accepted(form, len(texts))}"
        + _remedy(form, told, len(texts))
    )


def _index(told: str, texts: Sequence[str]) -> int | None:
    return int(told) if told.lstrip("-").isdecimal() and len(told) < 10 else None


def _number(told: str, texts: Sequence[str]) -> int | None:
    place = _index(told, texts)
    return None if place is None else place - 1


def _letter(told: str, texts: Sequence[str]) -> int | None:
    letter = told.strip("().").upper()
    is_one = len(letter) == 1 and letter in string.ascii_uppercase
    return string.ascii_uppercase.index(letter) if is_one else None


def _same(told: str, texts: Sequence[str]) -> int | None:
    places = [place for place, text in enumerate(texts) if text.strip() == told]
    return places[0] if places else None


_WAYS: dict[str, tuple[Any, ...]] = {
    "auto": (_index, _same, _letter),
    "index": (_index,),
    "number": (_number,),
    "letter": (_letter,),
    "text": (_same,),
}


def _accepted(form: str, count: int) -> str:
    last = string.ascii_uppercase[count - 1]
    ways = {
        "index": f"0 to {count - 1}",
        "number": f"1 to {count}",
        "letter": f"A to {last}",
        "text": "the text of one of the choices",
    }
    return ways.get(form, f"0 to {count - 1}, A to {last}, or the text of one of the choices")


def _remedy(form: str, told: str, count: int) -> str:
    if form in ("auto", "index") and told == str(count):
        return ". If the file counts from 1, choose answers: number"
    return ""


def _listed(row: Mapping[str, Any], column: str) -> tuple[list[str], list[str]]:
    """Texts and labels of a cell with all choices; a table holds the list as JSON text."""
    value = _value(row, column)
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ItemError(f"the choices ({column}) are no JSON list: {error}") from error
    labels: list[str] = []
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), list):
            # As ARC has them: {"text": [...], "label": [...]}.
            labels = [str(one) for one in value.get("label") or []]
            value = value["text"]
        else:
            labels, value = [str(key) for key in value], list(value.values())
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        labels = [str(one.get("label", "")) for one in value]
        value = [one.get("text") for one in value]
    if not isinstance(value, list):
        raise ItemError(f"the choices ({column}) are {_kind(value)} where a list is needed")
    texts = []
    for place, one in enumerate(value):
        if isinstance(one, bool) or not isinstance(one, str | int | float):
            raise ItemError(f"choice {place + 1} of {len(value)} is {_kind(one)}, not a text")
        texts.append(str(one))
    return texts, labels if len(set(labels)) == len(texts) else []


def _value(row: Mapping[str, Any], column: str) -> Any:
    if column not in row or row[column] is None:
        raise ItemError(f"the row has no column {column!r}")
    return row[column]


def _text(row: Mapping[str, Any], column: str, *, may_miss: bool = False) -> str:
    if not column or (may_miss and row.get(column) is None):
        return ""
    value = _value(row, column)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ItemError(f"the column {column!r} holds {_kind(value)}, not a text")
    return str(value)


def _short(row: Mapping[str, Any], column: str) -> str:
    """A name: what it is called, its category or split; "" where there is none."""
    value = row.get(column) if column else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).split())[:200]


def _kind(value: object) -> str:
    kinds = {type(None): "null", bool: "true or false", list: "a list", dict: "an object"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
