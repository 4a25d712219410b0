"""Turns pydantic's findings into problems: field path, what is wrong, value, what is accepted.

The words are for people who do not program: pydantic's own ("valid dictionary or instance of")
are not shown where a better one is known. Ranges come from the field's declared bounds.
"""

from __future__ import annotations

import difflib
import math
import reprlib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from training.errors import Problem

#: Kinds of fields by the start of pydantic's error type: what is wrong, what is accepted.
_KINDS = {
    "bool": ("must be true or false", "true, false"),
    "int_size": ("has too many digits", "a number of at most 64 bits"),
    "int_parsing_size": ("has too many digits", "a number of at most 64 bits"),
    "nul_character": ("holds a NUL character", "text without it"),
    "int": ("must be a whole number", "a whole number"),
    "float": ("must be a number", "a number"),
    "string_too_short": ("must not be empty", "some text"),
    "string_too_long": ("is too long", "at most {max_length} characters"),
    "string": ("must be text", "text"),
    "list": ("must be a list", "a list"),
    "too_long": ("has too many entries", "at most {max_length}"),
    "too_short": ("has too few entries", "at least {min_length}"),
    "enum": ("is none of the choices", "{expected}"),
    "literal_error": ("is none of the choices", "{expected}"),
    "greater_than": ("is too small", ""),
    "less_than": ("is too large", ""),
    "finite_number": ("must be a finite number", ""),
}
_BOUNDS = {
    "gt": "more than {:,}",
    "ge": "at least {:,}",
    "lt": "less than {:,}",
    "le": "at most {:,}",
}
_TYPE_NAMES = {dict: "a group of fields", list: "a list", str: "text", type(None): "nothing"}


def problem_of(cls: type[BaseModel], detail: Any) -> Problem:
    """One entry of ``ValidationError.errors()`` of the spec class ``cls`` as a problem."""
    location = list(detail["loc"])
    path = ".".join(str(part) for part in location)
    kind = str(detail["type"])
    if kind == "extra_forbidden":
        return _unknown(path, str(location[-1]), _keys(_type_at(cls, location[:-1])))
    if kind == "missing":
        return Problem(path, "is required", hint="Give a value.")
    got = shown(detail.get("input"))
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        known = ", ".join(_keys(_type_at(cls, location)))
        return Problem(path, "must be a group of fields", got=got, expected=known)
    wrong, accepted = _words(kind, detail)
    accepted = _range(_field_at(cls, location)) or accepted
    hint = _nearest(detail) if kind in {"enum", "literal_error"} else ""
    return Problem(path, wrong, got=got, expected=accepted, hint=hint)


def not_a_mapping(data: object) -> Problem:
    """For a spec that is a list, a text or nothing at all."""
    return Problem(
        "",
        "a spec is a mapping of field names to values",
        got=_TYPE_NAMES.get(type(data)) or shown(data),
        expected='lines such as "num_steps: 1000"',
    )


def shown(value: object) -> str:
    """A value as people read it, at most 80 characters."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return "a number of more than 60 digits"
    if value is None:
        return "nothing"
    return _SHORT.repr(value)


def _unknown(path: str, name: str, known: Sequence[str]) -> Problem:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "Remove it."
    return Problem(path, "there is no such field", expected=", ".join(known), hint=hint)


def _words(kind: str, detail: Any) -> tuple[str, str]:
    context = detail.get("ctx") or {}
    for start, (wrong, accepted) in _KINDS.items():
        if kind.startswith(start):
            return wrong, accepted.format(**context)
    message = str(detail["msg"])
    for start in ("Input should be ", "Value error, "):
        message = message.removeprefix(start)
    return "is not acceptable", message


def _nearest(detail: Any) -> str:
    choices = [
        text.strip("' ") for text in str(detail["ctx"]["expected"]).replace(" or ", ",").split(",")
    ]
    near = difflib.get_close_matches(str(detail.get("input")), choices, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def _range(field: FieldInfo | None) -> str:
    """The declared bounds of a number in words; empty when there are none."""
    found = {
        name: getattr(rule, name)
        for rule in (field.metadata if field else [])
        for name in _BOUNDS
        if hasattr(rule, name)
    }
    return ", ".join(_BOUNDS[name].format(found[name]) for name in _BOUNDS if name in found)


def _field_at(cls: type[BaseModel], location: Sequence[str | int]) -> FieldInfo | None:
    """The declaration of the field that a location names; None inside lists of plain values."""
    if not location or not isinstance(location[-1], str):
        return None
    model = _type_at(cls, location[:-1])
    return model.model_fields.get(location[-1]) if model else None


def _type_at(cls: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel] | None:
    """The part that a location leads to, through lists too; None when it is no part."""
    model: Any = cls
    for name in location:
        if isinstance(name, int):
            continue
        field = model.model_fields.get(name)
        found = [field.annotation, *get_args(field.annotation)] if field else []
        model = next((one for one in found if _is_part(one)), None)
        if model is None:
            return None
    return model if _is_part(model) else None


def _is_part(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _keys(model: type[BaseModel] | None) -> list[str]:
    return list(model.model_fields) if model else []


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80
_SHORT.maxlist = _SHORT.maxdict = 6
_SHORT.maxlevel = 3
