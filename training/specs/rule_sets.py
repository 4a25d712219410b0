"""A set of rules as a YAML text of its own: what ``clean`` takes as ``rules`` and ``routes``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from training.errors import Problem, SpecError
from training.registry import suggestion
from training.specs.clean import CleanSpec
from training.specs.reading import lines_in, parse_yaml
from training.specs.rules import RulesPart
from training.specs.writing import write_yaml

_KEYS = ("preset", "rules", "routes")
MOST_CHARACTERS = 200_000


@dataclass(frozen=True)
class RuleSet:
    """Valid rules, and the presets of some languages."""

    rules: RulesPart
    routes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> RuleSet:
        """From YAML; SpecError names line and field of everything that is wrong with it."""
        if len(text) > MOST_CHARACTERS:
            raise SpecError([Problem("", f"is longer than {MOST_CHARACTERS:,} characters")])
        data = parse_yaml(text, "the text")
        if not isinstance(data, dict) or not data.keys() & set(_KEYS):
            raise SpecError([_no_rules(data)])
        unknown = [key for key in data if key not in _KEYS]
        line_of = lines_in(text)
        try:
            if unknown:
                raise SpecError([_unknown(str(key)) for key in unknown])
            spec = CleanSpec.parse({"documents": "stored", **data})
        except SpecError as error:
            told = [_at_line(problem, line_of(problem.field)) for problem in error.problems]
            raise SpecError(told) from error
        return cls(spec.rules, dict(spec.routes))

    def to_yaml(self, about: str = "") -> str:
        """Text that `read` reads back to an equal set; rules that are off have one line each."""
        stored = self.rules.model_dump(mode="json")
        rules = {
            name: values if values["is_on"] else {"is_on": False} for name, values in stored.items()
        }
        data: dict[str, Any] = {"rules": rules}
        if self.routes:
            data["routes"] = self.routes
        comment = f"# {' '.join(about.split())}\n" if about.strip() else ""
        return comment + write_yaml(data)


def _no_rules(data: object) -> Problem:
    return Problem(
        "",
        "holds no rules",
        got=", ".join(map(str, data))[:80] if isinstance(data, dict) else type(data).__name__,
        expected="rules: with a line for each rule below it, as a download of rules has them",
    )


def _unknown(key: str) -> Problem:
    return Problem(
        key[:80], "is no part of a set of rules", expected=", ".join(_KEYS),
        hint=suggestion(key, list(_KEYS)),
    )  # fmt: skip


def _at_line(problem: Problem, line: int | None) -> Problem:
    return replace(problem, field=f"line {line}, {problem.field}") if line else problem
