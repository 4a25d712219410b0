"""Which columns of the files hold what: by name where the spec says so, else by usual names.

A shape is recognised by its columns: the first in ``SHAPES`` that fits the most of the first rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.specs.tasks import Shape

#: Rows looked at to recognise a shape.
NUM_LOOKED_AT = 50

_USUAL: dict[str, tuple[str, ...]] = {
    "text": ("text", "content"),
    "label": ("label",),
    "instruction": ("instruction", "prompt", "question"),
    "input": ("input",),
    "output": ("output", "response", "answer", "completion"),
    "task_type": ("task_type",),
    "system": ("system",),
    "messages": ("messages", "conversation", "conversations"),
    "prompt": ("prompt", "question", "messages", "conversation", "conversations"),
    "chosen": ("chosen",),
    "rejected": ("rejected",),
}
#: Names taken too where the shape was asked for; by themselves they say nothing of it.
_ASKED_FOR: dict[str, tuple[str, ...]] = {"label": ("score",)}


@dataclass(frozen=True)
class ShapeColumns:
    """What a shape needs of a row, and what it takes where it is there."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


SHAPES: dict[Shape, ShapeColumns] = {
    Shape.PREFERENCE: ShapeColumns(("prompt", "chosen", "rejected"), ("system",)),
    Shape.CHAT: ShapeColumns(("messages",), ("system",)),
    Shape.SHAREGPT: ShapeColumns(("messages",), ("system",)),
    Shape.INSTRUCTION: ShapeColumns(("instruction", "output"), ("input", "task_type", "system")),
    Shape.CLASSIFICATION: ShapeColumns(("text", "label")),
    Shape.TEXT: ShapeColumns(("text",)),
}


@dataclass(frozen=True)
class RowMapping:
    """A shape and the column of each of its fields; ``named`` are those that the spec names."""

    shape: Shape
    columns: dict[str, str]
    named: frozenset[str]


def recognise(
    rows: Sequence[Mapping[str, Any]], shape: Shape, named: Mapping[str, str]
) -> RowMapping | None:
    """How these first rows are read; None when no shape fits any of them.

    ``named`` holds the columns that the spec names, by field. A shape that is asked for is taken
    even if rows lack its columns: they become faults of their rows.
    """
    shapes = [shape] if shape != Shape.AUTO else list(SHAPES)
    fits = {one: sum(_fits(row, one, named) for row in rows) for one in shapes}
    best = max(shapes, key=lambda one: fits[one])
    if shape == Shape.AUTO and not fits[best]:
        return None
    wanted = SHAPES[best]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    columns = {}
    for field in (*wanted.needed, *wanted.optional):
        column = named.get(field, "") or _first_usual(field, keys)
        if not column and shape != Shape.AUTO:
            column = next((name for name in _ASKED_FOR.get(field, ()) if name in keys), "")
        if column or field in wanted.needed:
            columns[field] = column or _USUAL[field][0]
    return RowMapping(best, columns, frozenset(name for name in columns if named.get(name)))


def unused(keys: Iterable[str], mapping: RowMapping) -> list[str]:
    """Columns of the files that nothing looks at."""
    used = set(mapping.columns.values())
    return [key for key in dict.fromkeys(keys) if key not in used]


def _fits(row: Mapping[str, Any], shape: Shape, named: Mapping[str, str]) -> bool:
    for field in SHAPES[shape].needed:
        column = named.get(field, "") or _first_usual(field, row)
        if not column or column not in row:
            return False
        if field == "messages" and _turn_key(row[column]) not in _TURN_KEYS[shape]:
            return False
    return True


_TURN_KEYS = {Shape.CHAT: ("role", "json"), Shape.SHAREGPT: ("from",)}


def _turn_key(turns: object) -> str:
    """``role`` or ``from``: how the first turn says who speaks; empty when there is none.

    ``json`` for a cell of a table that holds a list as text.
    """
    if isinstance(turns, str) and turns.lstrip().startswith("["):
        return "json"
    first = turns[0] if isinstance(turns, list) and turns else None
    if isinstance(first, Mapping):
        return next((key for key in ("role", "from") if key in first), "")
    return ""


def _first_usual(field: str, keys: Iterable[str]) -> str:
    known = set(keys)
    return next((name for name in _USUAL[field] if name in known), "")
