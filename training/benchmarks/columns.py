"""Which columns of a file of items hold what: as the spec names them, else by usual names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.errors import FileRefusedError

CHOICE, CLOZE, AUTO = "choice", "cloze", "auto"
_QUESTION = (
    "question", "context", "ctx", "prompt", "query", "stem", "goal", "premise", "passage", "text",
    "input", "sentence",
)  # fmt: skip
_CHOICES = ("choices", "options", "endings", "answers", "candidates")
#: Columns of single choices: a beginning, then a letter or a number.
_SERIES = ("choice", "option", "ending", "sol", "answer", "distractor", "")
_ANSWER = (
    "answer", "label", "gold", "answerkey", "answer_key", "answer_idx", "answer_index",
    "correct", "correct_answer", "target",
)  # fmt: skip
_TARGET = ("target", "completion", "last_word", "answer", "output", "continuation", "ending")
_CATEGORY = ("category", "subject", "topic", "activity_label", "domain", "task")
_SPLIT = ("split",)
_ID = (
    "id", "question_id", "qid", "task_id", "example_id", "ind", "idx", "uid", "uuid", "guid",
    "index",
)  # fmt: skip
_MOST_NAMED = 12


@dataclass(frozen=True)
class ItemColumns:
    """The column of each field; "" where there is none. ``choices`` is one column or one each."""

    kind: str
    question: str
    choices: tuple[str, ...]
    answer: str
    target: str
    category: str
    split: str
    id: str

    def told(self) -> dict[str, str]:
        """{field: column} of those that are used."""
        found = {name: getattr(self, name) for name in ("question", "answer", "target")}
        found["choices"] = ", ".join(self.choices)
        found |= {name: getattr(self, name) for name in ("category", "split", "id")}
        return {name: column for name, column in found.items() if column}


def find_columns(
    rows: Sequence[Mapping[str, Any]], kind: str, named: Mapping[str, Any]
) -> ItemColumns:
    """By the first rows of a file; FileRefusedError says which column is missing."""
    keys = list(dict.fromkeys(str(key) for row in rows for key in row))
    _require_named(keys, named)
    choices = tuple(named.get("choices") or ()) or _find_choices(keys, rows)
    wants_choice = kind == CHOICE or (kind == AUTO and bool(choices) and not named.get("target"))
    taken = set(choices)

    def column(field: str, usual: Sequence[str]) -> str:
        found = str(named.get(field) or "") or _usual(keys, usual, taken)
        taken.add(found)
        return found

    common = {"category": _CATEGORY, "split": _SPLIT, "id": _ID}
    if wants_choice:
        answer, question = column("answer", _ANSWER), column("question", _QUESTION)
        target = ""
        missing = {"choices": choices, "answer": answer, "question": question}
    else:
        target, question = column("target", _TARGET), column("question", _QUESTION)
        answer, choices = "", ()
        missing = {"target": target, "question": question}
    for field, found in missing.items():
        if not found:
            raise FileRefusedError(_missing(field, keys, CHOICE if wants_choice else CLOZE, kind))
    others = {field: column(field, usual) for field, usual in common.items()}
    return ItemColumns(
        kind=CHOICE if wants_choice else CLOZE, question=question, choices=choices, answer=answer,
        target=target, **others,
    )  # fmt: skip


def _require_named(keys: Sequence[str], named: Mapping[str, Any]) -> None:
    for field, value in named.items():
        for name in value if isinstance(value, list | tuple) else [value]:
            if name and name not in keys:
                raise FileRefusedError(
                    f"has no column {name[:60]!r}, which columns.{field} names; it has "
                    f"{_listed(keys)}"
                )


def _find_choices(keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """One column with a list, else columns that are numbered or lettered in a row."""
    for key in keys:
        if _plain(key) in _CHOICES and any(_is_list(row.get(key)) for row in rows):
            return (key,)
    plain = {_plain(key): key for key in reversed(keys)}
    for beginning in _SERIES:
        for first in ("a", "0", "1"):
            found = _series(plain, beginning, first)
            if len(found) >= 2 and (beginning or first == "a"):
                return found
    return ()


def _series(plain: Mapping[str, str], beginning: str, first: str) -> tuple[str, ...]:
    found: list[str] = []
    mark = first
    while True:
        names = (f"{beginning}{mark}", f"{beginning}_{mark}")
        column = next((plain[name] for name in names if name in plain), "")
        if not column or (not beginning and len(mark) != 1):
            return tuple(found)
        found.append(column)
        mark = chr(ord(mark) + 1) if mark.isalpha() else str(int(mark) + 1)


def _is_list(value: object) -> bool:
    if isinstance(value, str):
        return value.lstrip()[:1] in ("[", "{")
    return isinstance(value, list | Mapping)


def _usual(keys: Sequence[str], usual: Sequence[str], taken: set[str]) -> str:
    plain = {_plain(key): key for key in reversed(keys) if key not in taken}
    return next((plain[name] for name in usual if name in plain), "")


def _missing(field: str, keys: Sequence[str], kind: str, asked: str) -> str:
    what = {
        "choices": "no column of choices (choices, options, endings, A to D, choice1 ...)",
        "answer": "no column that says which choice is right (answer, label, gold ...)",
        "question": "no column of the question or context (question, context, prompt ...)",
        "target": "no column of the words that end the text (target, completion, answer ...)",
    }[field]
    why = "" if asked == kind else f"; without choices it is read as {kind}" * (kind == CLOZE)
    return f"has {what}{why}; it has {_listed(keys)}. Name it under columns.{field}"


def _plain(key: str) -> str:
    return "_".join(key.strip().lower().split())


def _listed(keys: Sequence[str]) -> str:
    shown = ", ".join(repr(key[:40]) for key in keys[:_MOST_NAMED])
    more = len(keys) - _MOST_NAMED
    return (shown + (f" and {more:,} more" if more > 0 else "")) or "none"
