"""Is a generated text what it should be: JSON with certain keys, and free of invented names?

* **Structure**: the text, white space and a fence of three backticks around it aside, is one JSON
  value (RFC 8259; NaN and Infinity are none), with the keys that are asked for when any are.
* **Names**: words of letters with one of the given endings ("-mab", "-statin") that the lexicon
  does not hold. Case does not count. An invented drug has the form of a name and is in no list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

#: A word: letters, with hyphens and apostrophes inside.
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_FENCE = re.compile(r"\A```[\w-]*\n(.*?)\n?```\Z", re.DOTALL)
_MOST_TOLD = 20


@dataclass(frozen=True)
class Checked:
    """``problem``: why the text is not the structure, None where none is asked for, else empty.

    ``names``: words of the form of a name, each once; ``unknown``: those not in the lexicon.
    """

    problem: str | None
    names: tuple[str, ...]
    unknown: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """For an event: only what was asked for; the first names of many, with their numbers."""
        said: dict[str, Any] = {}
        if self.problem is not None:
            said |= {"is_valid": not self.problem, "problem": self.problem}
        if self.names:
            said |= {
                "num_names": len(self.names),
                "num_unknown": len(self.unknown),
                "unknown": list(self.unknown[:_MOST_TOLD]),
            }
        return said


@dataclass(frozen=True)
class Tally:
    """Over texts that were checked: how many were judged and are valid, names and unknown ones."""

    num_judged: int
    num_valid: int
    num_names: int
    num_unknown: int

    @classmethod
    def of(cls, told: Iterable[Mapping[str, Any]]) -> Self:
        """Of sample events; what is not told counts as nothing."""
        events = list(told)
        judged = [event["is_valid"] for event in events if isinstance(event.get("is_valid"), bool)]
        names = [_whole(event.get("num_names")) for event in events]
        unknown = [_whole(event.get("num_unknown")) for event in events]
        return cls(len(judged), sum(judged), sum(names), sum(unknown))

    def __bool__(self) -> bool:
        """Whether anything was found to tell of."""
        return self.num_judged > 0 or self.num_names > 0


def _whole(number: Any) -> int:
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


@dataclass(frozen=True)
class TextChecks:
    """What is asked of every text; ``is_json`` with its ``keys``, endings and lexicon of names."""

    is_json: bool
    keys: tuple[str, ...]
    endings: tuple[str, ...]
    lexicon: frozenset[str]

    @classmethod
    def of(
        cls, *, is_json: bool, keys: Sequence[str], endings: Sequence[str], lexicon: Sequence[str]
    ) -> Self:
        """Of a spec's fields; an ending may be written with its hyphen."""
        return cls(
            is_json,
            tuple(keys),
            tuple(ending.strip().lstrip("-").casefold() for ending in endings),
            frozenset(name.strip().casefold() for name in lexicon),
        )

    def check(self, text: str) -> Checked:
        """Hold one text against what is asked."""
        problem = structure_problem(text, self.keys) if self.is_json else None
        names = names_in(text, self.endings)
        unknown = tuple(name for name in names if name.casefold() not in self.lexicon)
        return Checked(problem, names, unknown)


def structure_problem(text: str, keys: Sequence[str] = ()) -> str:
    """Why a text is no JSON, or which keys it lacks; empty where it is right."""
    inner = text.strip()
    if fenced := _FENCE.match(inner):
        inner = fenced[1].strip()
    if not inner:
        return "is empty"
    try:
        value = json.loads(inner, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        return f"is no JSON: {error.msg} at character {error.pos + 1}"
    except RecursionError:
        return "is no JSON that can be read: it is nested too deep"
    except ValueError as error:
        return f"is no JSON: {error}"
    if not keys:
        return ""
    if not isinstance(value, dict):
        return "is JSON, but no object with keys"
    missing = [key for key in keys if key not in value]
    return f"lacks the key{'s' * (len(missing) > 1)} {', '.join(missing)}" if missing else ""


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in it")


def names_in(text: str, endings: Sequence[str]) -> tuple[str, ...]:
    """Words with one of the endings, longer than it, each once in the order of the text."""
    if not endings:
        return ()
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        folded = word.casefold()
        if folded.endswith(tuple(endings)) and folded not in endings:
            found.setdefault(folded, word)
    return tuple(found.values())
