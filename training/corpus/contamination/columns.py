"""Which columns of an evaluation set ask and answer, and what a row makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.errors import FileRefusedError

#: Names of columns, in lower case with "_" for white space.
_USUAL = frozenset({
    "question", "prompt", "query", "instruction", "instructions", "problem", "problem_statement",
    "input", "context", "passage", "article", "story", "document", "text", "content", "sentence",
    "premise", "hypothesis", "ctx", "ctx_a", "ctx_b", "goal", "stem", "statement", "claim",
    "startphrase", "messages", "conversation", "conversations", "a", "b", "c", "d", "e", "answer",
    "answers", "best_answer", "correct_answer", "correct_answers", "incorrect_answers",
    "distractors", "target", "targets", "output", "response", "completion", "canonical_solution",
    "solution", "solutions", "code", "reference", "references", "rationale", "explanation",
})  # fmt: skip
_USUAL_BEGINNINGS = ("choice", "option", "ending", "sentence", "sol", "question_", "distractor")
_IDS = (
    "task_id", "id", "qid", "question_id", "example_id", "query_id", "problem_id", "uid", "uuid",
    "guid", "idx", "ind", "pid", "index",
)  # fmt: skip
#: Of a mapping inside a row (choices with labels, turns with roles) these are what is said.
_SAID = ("text", "content", "value", "stem", "para")
_MAX_ID_CHARACTERS = 200
_MAX_DEPTH = 8
_MOST_NAMED = 12


@dataclass(frozen=True)
class ItemColumns:
    """``texts`` in the order in which they are joined; ``id`` is empty when rows have none.

    Numbers are text only in columns that somebody ``named``: the 2 of an answer is no word of it.
    """

    texts: tuple[str, ...]
    id: str
    is_named: bool


def find_columns(
    rows: Sequence[Mapping[str, Any]], named: Sequence[str], id_column: str
) -> ItemColumns:
    """By the first rows of a file; FileRefusedError when they have none that fits."""
    keys = list(dict.fromkeys(str(key) for row in rows for key in row))
    for name in (*named, *([id_column] if id_column else [])):
        if name not in keys:
            raise FileRefusedError(f"has no column {name[:60]!r}; it has {_listed(keys)}")
    texts = tuple(named) or tuple(key for key in keys if _is_usual(key))
    if not texts:
        raise FileRefusedError(
            "has no column that is called as questions and answers mostly are (question, prompt, "
            f"context, choices, answer ...); it has {_listed(keys)}. Say under columns which are "
            "to be looked for"
        )
    lowered = {_plain(key): key for key in reversed(keys)}
    found = next((lowered[name] for name in _IDS if name in lowered), "")
    return ItemColumns(texts, id_column or found, bool(named))


def text_of(row: Mapping[str, Any], columns: ItemColumns) -> str:
    """The texts of a row, a line each; "" when there are none."""
    parts = (
        part
        for name in columns.texts
        for part in _texts(row.get(name), takes_numbers=columns.is_named)
    )
    return "\n".join(parts)


def id_of(row: Mapping[str, Any], columns: ItemColumns) -> str:
    """What the row calls itself; "" when it does not."""
    value = row.get(columns.id) if columns.id else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()[:_MAX_ID_CHARACTERS]


def _texts(value: object, *, takes_numbers: bool, depth: int = 0) -> Iterator[str]:
    """Every text in a value, in order: of lists all, of mappings what is said in them."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if takes_numbers:
            yield str(value)
    elif isinstance(value, Mapping) and depth < _MAX_DEPTH:
        said = [name for name in _SAID if name in value] or list(value)
        for name in said:
            yield from _texts(value[name], takes_numbers=takes_numbers, depth=depth + 1)
    elif isinstance(value, list | tuple) and depth < _MAX_DEPTH:
        for one in value:
            yield from _texts(one, takes_numbers=takes_numbers, depth=depth + 1)


def _is_usual(key: str) -> bool:
    plain = _plain(key)
    return plain in _USUAL or (plain.startswith(_USUAL_BEGINNINGS) and not plain.endswith("_id"))


def _plain(key: str) -> str:
    return "_".join(key.strip().lower().split())


def _listed(keys: Sequence[str]) -> str:
    shown = ", ".join(repr(key[:40]) for key in keys[:_MOST_NAMED])
    more = len(keys) - _MOST_NAMED
    return (shown + (f" and {more:,} more" if more > 0 else "")) or "none"
