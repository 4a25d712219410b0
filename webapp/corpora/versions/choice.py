"""What the address of a version's page says: rules as changed, and what is looked at.

The whole state of the page is in its address, so that it can be sent to somebody, works without
script, and is saved by one form. A rule's field is a parameter of its dotted name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from training.corpus.keeping import AlwaysKept
from training.errors import Problem, SpecError
from training.registry import RULE_PRESETS, RULES
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart
from webapp.corpora.versions.marks import mark_changes, read_marks, read_routes, route_changes
from webapp.corpora.versions.stored import Stored

SHOWS = ("rule", "dropped", "kept", "marked")
ORDERS = ("near", "random")
UNITS = ("documents", "bytes", "tokens")
#: The rules that choose among copies, the usual one first.
CHOOSERS = ("near_duplicates", "exact_duplicates")
PAGE_SIZE = 10
_MAX_SEED = 2**31 - 1
#: Says that the boxes were in the form: one that is not sent is then an empty box.
EDITED = "edited"

Rules = dict[str, dict[str, Any]]


@dataclass
class Choice:
    """``rules`` are valid; ``problems`` are those of what was typed, by dotted field.

    ``stored`` are all rules as in the version, ``decided`` the rest of what made it.
    """

    stored: Rules
    rules: Rules
    decided: Stored = field(default_factory=Stored)
    marks: AlwaysKept = field(default_factory=AlwaysKept)
    routes: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    preset: str = ""
    rule: str = ""
    show: str = "rule"
    order: str = "near"
    unit: str = "documents"
    #: 1 when the rules that are off are listed too.
    off: int = 0
    seed: int = 0
    page: int = 1

    @property
    def offset(self) -> int:
        """Documents before this page."""
        return (self.page - 1) * PAGE_SIZE

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(dotted field, before, now) of everything that differs from the version."""
        return rule_changes(self.stored, self.rules)

    @property
    def wanted(self) -> Stored:
        """What decides besides rules, with the changes of the address."""
        return replace(self.decided, marks=self.marks, routes=self.routes)

    @property
    def is_changed(self) -> bool:
        """Whether saving would make another version."""
        return bool(self.changes or self.mark_changes or self.route_changes)

    @property
    def mark_changes(self) -> list[str]:
        """What is marked, or no longer, as the address has it."""
        return mark_changes(self.decided.marks, self.marks)

    @property
    def route_changes(self) -> list[str]:
        """Presets by language that differ, as the address has them."""
        return route_changes(self.decided.routes, self.routes)

    @property
    def tried(self) -> dict[str, Any]:
        """What the helper is told of routes and marks: nothing where they are as in the version."""
        told: dict[str, Any] = {"rules": self.rules}
        if self.route_changes:
            told["routes"] = self.routes
        if self.mark_changes:
            told["keep"] = self.marks.as_dict()
        return told

    @property
    def decisions(self) -> str:
        """What an address says besides rules: marks and presets by language."""
        parameters = QueryDict(mutable=True)
        parameters.setlist("keep", self.mark_changes)
        parameters.setlist("route", self.route_changes)
        return parameters.urlencode()

    def query(self) -> str:
        """The shortest address that says the same."""
        parameters = QueryDict(mutable=True)
        for name, _, now in self.changes:
            parameters[name] = json.dumps(now) if not isinstance(now, str) else now
        parameters.setlist("keep", self.mark_changes)
        parameters.setlist("route", self.route_changes)
        default = Choice({}, {})
        for name in ("rule", "show", "order", "unit", "off", "seed", "page"):
            if getattr(self, name) != getattr(default, name):
                parameters[name] = str(getattr(self, name))
        return parameters.urlencode()


def read_choice(parameters: QueryDict, decided: Stored) -> Choice:
    """Anything may come in; what cannot be meant is told in ``problems`` or ignored."""
    known = _whole(decided.rules)
    preset = parameters.get("preset", "")
    base = RULE_PRESETS[preset].load().model_dump(mode="json") if preset in RULE_PRESETS else known
    asked, typed = _asked(parameters, base)
    rules, problems = _checked(asked, base)
    marks, bad_mark = read_marks(parameters, decided.marks)
    routes, bad_route = read_routes(parameters, decided.routes)
    problems |= {name: told for name, told in (("keep", bad_mark), ("route", bad_route)) if told}
    return Choice(
        stored=known,
        rules=rules,
        decided=decided,
        marks=marks,
        routes=routes,
        typed=typed,
        problems=problems,
        preset=preset if preset in RULE_PRESETS else "",
        rule=_one_of(parameters.get("rule"), RULES, ""),
        show=_one_of(parameters.get("show"), SHOWS, "rule"),
        order=_one_of(parameters.get("order"), ORDERS, "near"),
        unit=_one_of(parameters.get("unit"), UNITS, "documents"),
        off=_number(parameters.get("off"), 0, 1),
        seed=_number(parameters.get("seed"), 0, _MAX_SEED),
        page=_number(parameters.get("page"), 1, 1_000_000),
    )


def rule_changes(before: Rules, after: Rules) -> list[tuple[str, Any, Any]]:
    """(dotted field, before, after) of what differs; limits of a rule that is off do not count."""
    found = []
    for name, values in after.items():
        old = before.get(name, {})
        if not values.get("is_on") and not old.get("is_on"):
            continue
        found += [
            (f"{name}.{key}", old.get(key), value)
            for key, value in values.items()
            if old.get(key) != value
        ]
    return found


def whole_rules(stored: dict[str, Any], preset: str, given: dict[str, Any]) -> Rules:
    """All rules: those given, over those of the preset, else of the version; SpecError if bad."""
    base = RULE_PRESETS[preset].load().model_dump(mode="json") if preset else _whole(stored)
    merged: dict[str, Any] = dict(base)
    for name, values in given.items():
        known = base.get(name)
        merged[name] = {**known, **values} if known and isinstance(values, dict) else values
    return _parsed(merged)


def _whole(stored: dict[str, Any]) -> Rules:
    """All rules of today; those that the version did not know are off."""
    rules: Rules = RulesPart().model_dump(mode="json")
    for name, values in rules.items():
        if isinstance(given := stored.get(name), dict):
            values.update({key: given[key] for key in values if key in given})
        elif stored:
            values["is_on"] = False
    return rules


def _asked(parameters: QueryDict, base: Rules) -> tuple[Rules, dict[str, str]]:
    rules: Rules = {name: dict(values) for name, values in base.items()}
    typed: dict[str, str] = {}
    for name, values in rules.items():
        for key, old in values.items():
            text = parameters.get(f"{name}.{key}")
            if isinstance(old, bool):
                if text is not None:
                    values[key] = text in {"on", "true", "1"}
                elif parameters.get(EDITED):
                    values[key] = False
            elif isinstance(old, list):
                if text is not None:
                    values[key] = _names(text)
            elif text is not None:
                typed[f"{name}.{key}"] = text
                values[key] = _value(text, old)
    return rules, typed


def _names(text: str) -> list[str]:
    try:
        read = json.loads(text)
    except ValueError:
        read = text.split(",")
    names = read if isinstance(read, list) else [read]
    return [str(name).strip() for name in names if str(name).strip()]


def _value(text: str, old: float) -> float | str:
    """A number if it reads like one; else the text, which the validation names."""
    try:
        number = float(text.strip())
    except ValueError:
        return text
    return int(number) if isinstance(old, int) and number.is_integer() else number


def _checked(asked: Rules, base: Rules) -> tuple[Rules, dict[str, str]]:
    """Valid rules: what cannot be is as in ``base``, and everything else as asked."""
    try:
        return _parsed(asked), {}
    except SpecError as error:
        problems = {
            problem.field.removeprefix("rules."): _told(problem) for problem in error.problems
        }
    mended = {name: dict(values) for name, values in asked.items()}
    for field_path in problems:
        rule, _, key = field_path.partition(".")
        # A range that is empty is told of one end; the other may be the one that was typed.
        for name in {key, "at_least", "at_most"} & base[rule].keys():
            mended[rule][name] = base[rule][name]
    try:
        return _parsed(mended), problems
    except SpecError:
        return base, problems


def _parsed(rules: dict[str, Any]) -> Rules:
    parsed: Rules = CleanSpec.parse({"documents": "stored", "rules": rules}).rules.model_dump(
        mode="json"
    )
    return parsed


def _told(problem: Problem) -> str:
    """By the titles on the page, not by the path in a spec."""
    rule, _, key = problem.field.removeprefix("rules.").partition(".")
    part: Any = RulesPart.model_fields[rule].annotation
    named = replace(problem, field=f"{RULES[rule].title}, {part.model_fields[key].title}")
    return named.sentence()


def _one_of(text: str | None, known: Any, default: str) -> str:
    return text if text is not None and text in known else default


def _number(text: str | None, low: int, high: int) -> int:
    try:
        number = int(text or low)
    except ValueError:
        return low
    return min(max(number, low), high)
