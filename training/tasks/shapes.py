"""One row as it is kept: checked, with the same names whatever its file called them.

* text            {text}
* classification  {text, label, metadata}    metadata: the other columns as JSON
* instruction     {system, instruction, input, output, task_type}
* chat, sharegpt  {messages: [{role, content}]}    roles: system, user, assistant
* preference      {messages, chosen, rejected}     messages: the prompt as turns

Nothing is repaired here: what is of the wrong kind is an error of its row, as a sentence.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from training.corpus.extract.jsonl import MAX_META_BYTES, json_name, parse_strict
from training.corpus.extract.lines import text_fault
from training.specs.tasks import Shape
from training.tasks.columns import RowMapping

Example = dict[str, Any]

ROLES = {
    "system": "system", "user": "user", "human": "user", "assistant": "assistant",
    "gpt": "assistant", "bot": "assistant", "model": "assistant",
}  # fmt: skip
#: Shapes that are kept in the same way.
STORED = {Shape.SHAREGPT: Shape.CHAT}
MAX_TURNS = 10_000
#: Fields that do not make two rows different.
_NOT_CONTENT = {"metadata", "task_type"}


class RowError(ValueError):
    """Why a row cannot be used, as the end of a sentence that begins with the row's place."""


def normalise(row: Mapping[str, Any], mapping: RowMapping) -> Example:
    """The row as it is kept; RowError says what is wrong with it."""
    return _READERS[STORED.get(mapping.shape, mapping.shape)](_Row(row, mapping))


def row_id(example: Example) -> bytes:
    """16 bytes of the content: the same for rows that differ in white space or metadata only."""
    content = {key: value for key, value in example.items() if key not in _NOT_CONTENT}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    text = " ".join(text.replace("\\n", " ").replace("\\t", " ").split())
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def num_chars(example: Example) -> int:
    """Characters of all texts."""
    return sum(
        len(value) if isinstance(value, str) else sum(len(turn["content"]) for turn in value)
        for value in example.values()
        if value is not None
    )


def answers(example: Example) -> list[str]:
    """What a model is to learn to say; [] for shapes without answers."""
    if "output" in example:
        return [example["output"]]
    if "chosen" in example:
        return [example["chosen"], example["rejected"]]
    turns = example.get("messages", [])
    return [turn["content"] for turn in turns if turn["role"] == "assistant"]


class _Row:
    """A raw row with its mapping; reads one field at a time and names the column in errors."""

    def __init__(self, values: Mapping[str, Any], mapping: RowMapping) -> None:
        self.values, self.mapping = values, mapping

    def value(self, field: str) -> Any:
        """The value of a field, None when it is optional and not there."""
        column = self.mapping.columns.get(field)
        if column is None:
            return None
        if column not in self.values and (field in _NEEDED or field in self.mapping.named):
            raise RowError(f"the row has no column {column!r}")
        return self.values.get(column)

    def text(self, field: str) -> str:
        """A needed text; blank ones are RowErrors."""
        text = self.maybe_blank(field)
        if not text.strip():
            raise RowError(f"the column {self.column(field)!r} is empty")
        return text

    def maybe_blank(self, field: str) -> str:
        """A text that must be there but may be blank."""
        value = self.value(field)
        if not isinstance(value, str):
            raise RowError(f"the column {self.column(field)!r} is {json_name(value)}, not text")
        return _usable(value, f"the column {self.column(field)!r}")

    def optional(self, field: str) -> str:
        """A text, or an empty one when it is not there."""
        return "" if self.value(field) is None else self.maybe_blank(field)

    def column(self, field: str) -> str:
        """What the files call it."""
        return self.mapping.columns[field]

    def others(self) -> str:
        """The columns that no field takes, as JSON."""
        used = set(self.mapping.columns.values())
        rest = {key: value for key, value in self.values.items() if key not in used}
        text = json.dumps(rest, ensure_ascii=False, default=str)
        return text if len(text) <= MAX_META_BYTES else "{}"


_NEEDED = {"text", "label", "instruction", "output", "messages", "prompt", "chosen", "rejected"}


def _text(row: _Row) -> Example:
    return {"text": row.text("text")}


def _classification(row: _Row) -> Example:
    label = row.value("label")
    # Labels are often numbers, and mean their digits.
    if isinstance(label, bool | int) or (isinstance(label, float) and math.isfinite(label)):
        label = f"{label:.7g}" if isinstance(label, float) else str(label)
    if not isinstance(label, str) or not label.strip():
        got = "empty" if isinstance(label, str) else json_name(label)
        raise RowError(f"the column {row.column('label')!r} is {got}, not a label")
    label = _usable(label.strip(), f"the column {row.column('label')!r}")
    return {"text": row.text("text"), "label": label, "metadata": row.others()}


def _instruction(row: _Row) -> Example:
    return {
        "system": row.optional("system"),
        "instruction": row.text("instruction"),
        "input": row.optional("input"),
        "output": row.maybe_blank("output"),
        "task_type": row.optional("task_type"),
    }


def _chat(row: _Row) -> Example:
    column = row.column("messages")
    turns = _turns(_listed(row.value("messages"), column), column)
    return {"messages": _with_system(row, turns)}


def _preference(row: _Row) -> Example:
    column, prompt = row.column("prompt"), row.value("prompt")
    if isinstance(prompt, str) and not prompt.lstrip().startswith("["):
        turns = [{"role": "user", "content": row.text("prompt")}]
    else:
        turns = _turns(_listed(prompt, column), column)
    return {
        "messages": _with_system(row, turns),
        "chosen": _answer(row, "chosen"),
        "rejected": _answer(row, "rejected"),
    }


_READERS: dict[Shape, Callable[[_Row], Example]] = {
    Shape.TEXT: _text,
    Shape.CLASSIFICATION: _classification,
    Shape.INSTRUCTION: _instruction,
    Shape.CHAT: _chat,
    Shape.PREFERENCE: _preference,
}


def _answer(row: _Row, field: str) -> str:
    """A text, a turn, or turns of which the last one is meant."""
    value, column = row.value(field), row.column(field)
    if isinstance(value, str):
        return row.maybe_blank(field)
    turns = _turns([value] if isinstance(value, Mapping) else _listed(value, column), column)
    if turns[-1]["role"] != "assistant":
        raise RowError(f"the column {column!r} does not end with a turn of the assistant")
    return turns[-1]["content"]


def _with_system(row: _Row, turns: list[dict[str, str]]) -> list[dict[str, str]]:
    system = row.optional("system")
    if not system.strip() or turns[0]["role"] == "system":
        return turns
    return [{"role": "system", "content": system}, *turns]


def _listed(value: object, column: str) -> list[Any]:
    """A list, also one written as JSON in a cell of a table."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = parse_strict(value.strip())
        except ValueError as error:
            raise RowError(f"the column {column!r} is no JSON list: {error}") from error
    if not isinstance(value, list):
        raise RowError(f"the column {column!r} is {json_name(value)}, not a list of turns")
    if not value:
        raise RowError(f"the column {column!r} holds no turn")
    if len(value) > MAX_TURNS:
        raise RowError(f"the column {column!r} holds {len(value):,} turns; at most {MAX_TURNS:,}")
    return value


def _turns(turns: list[Any], column: str) -> list[dict[str, str]]:
    return [_turn(turn, f"turn {n} of {column!r}") for n, turn in enumerate(turns, start=1)]


def _turn(turn: object, where: str) -> dict[str, str]:
    if not isinstance(turn, Mapping):
        raise RowError(f"{where} is {json_name(turn)}, not an object with role and content")
    role_key = "role" if "role" in turn else "from"
    content_key = "content" if "content" in turn else "value"
    if role_key not in turn or content_key not in turn:
        raise RowError(f"{where} has no role and content (or from and value)")
    role = turn[role_key]
    if not isinstance(role, str) or role.lower() not in ROLES:
        shown = repr(role)[:40] if isinstance(role, str) else json_name(role)
        raise RowError(f"{where} has the role {shown}; accepted: {', '.join(ROLES)}")
    content = turn[content_key]
    if not isinstance(content, str):
        raise RowError(f"the content of {where} is {json_name(content)}, not text")
    return {"role": ROLES[role.lower()], "content": _usable(content, f"the content of {where}")}


def _usable(text: str, what: str) -> str:
    fault = text_fault(text)
    if fault:
        raise RowError(f"{what} {fault}")
    return text
