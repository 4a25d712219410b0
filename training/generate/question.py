"""What a serving job can be asked for, checked field by field: prompt, length, sampling.

A request is plain data from a socket; every field that cannot be used is named with what would be
accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.errors import DataError
from training.specs.watching import LEAST_TEMPERATURE

MAX_PROMPT_CHARS = 200_000
_MAX_TURNS = 1000


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation; ``role`` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class Question:
    """A prompt to continue, or turns of a conversation to answer (then ``prompt`` is empty)."""

    prompt: str
    turns: tuple[Turn, ...]
    max_new_tokens: int
    temperature: float
    top_p: float
    seed: int

    @classmethod
    def of(cls, request: dict[str, Any], *, most_new_tokens: int) -> Question:
        """Read a request; DataError names the first field that cannot be used."""
        turns = request.get("turns")
        return cls(
            prompt="" if turns else _text(request.get("prompt"), "prompt"),
            turns=_turns(turns) if turns else (),
            max_new_tokens=int(_number(request, "max_new_tokens", 64, 1, most_new_tokens)),
            temperature=_temperature(request),
            top_p=_number(request, "top_p", 1.0, 0, 1),
            seed=int(_number(request, "seed", 0, 0, 2**31 - 1)),
        )


def _turns(value: Any) -> tuple[Turn, ...]:
    """Turns of known roles, of which the last is the user's."""
    if not isinstance(value, list) or len(value) > _MAX_TURNS:
        raise DataError(f"turns: a list of at most {_MAX_TURNS:,} turns is needed.")
    turns = tuple(_turn(entry, number) for number, entry in enumerate(value))
    if turns[-1].role != "user":
        raise DataError(f"turns: the last one is the {turns[-1].role}'s; accepted: the user's.")
    return turns


def _turn(entry: Any, number: int) -> Turn:
    role = entry.get("role") if isinstance(entry, dict) else None
    if role not in ("system", "user", "assistant"):
        raise DataError(
            f"turns.{number}.role: got {role!r}; accepted: 'system', 'user', 'assistant'."
        )
    return Turn(role, _text(entry.get("content"), f"turns.{number}.content"))


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_PROMPT_CHARS:
        raise DataError(f"{field}: a text of at most {MAX_PROMPT_CHARS:,} characters is needed.")
    return value


def _number(request: dict[str, Any], name: str, default: float, least: float, most: float) -> float:
    """A number of the request within its bounds; DataError names the field."""
    value = request.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise DataError(f"{name}: got {value!r}; accepted: a number from {least} to {most}.")
    return value


def _temperature(request: dict[str, Any]) -> float:
    value = _number(request, "temperature", 0.8, 0, 5)
    if 0 < value < LEAST_TEMPERATURE:
        raise DataError(f"temperature: got {value!r}; accepted: 0, or {LEAST_TEMPERATURE} to 5.")
    return value
