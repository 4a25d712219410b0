"""What differs between two versions: rules, and everything else that decided about them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from training.registry import RULES
from training.specs.rules import RulesPart
from webapp.corpora.versions import pages
from webapp.corpora.versions.choice import Rules, rule_changes
from webapp.corpora.versions.stored import Stored

#: (field, before, now)
Change = tuple[str, Any, Any]

#: What it means that a version says nothing of one.
_UNSAID: dict[str, Any] = {
    "routes": None,
    "always_keep": False,
    "always_keep_sources": False,
    "weights": 1.0,
    "redact": None,
}


def decided_changes(before: Stored, after: Stored) -> list[Change]:
    """All that decided besides rules and differs, by its field in a spec of ``clean``.

    A language, a mark and a weight are fields of their own: ``routes.zh``, ``weights.books``.
    """
    was, now = _flat(before), _flat(after)
    pairs = [
        (name, was.get(name, unsaid), now.get(name, unsaid))
        for name in sorted({*was, *now})
        for unsaid in [_UNSAID[name.partition(".")[0]]]
    ]
    return [change for change in pairs if change[1] != change[2]]


def difference_rows(
    before: Stored, after: Stored, rules_before: Rules, rules_after: Rules
) -> list[dict[str, Any]]:
    """Rows of rule, setting and both values; rules are whole, those of today included."""
    rows = [_rule_row(*change) for change in rule_changes(rules_before, rules_after)]
    return rows + [_decided_row(*change) for change in decided_changes(before, after)]


def _flat(stored: Stored) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = {
        "routes": stored.routes,
        "always_keep": dict.fromkeys(stored.marks.doc_ids, True),
        "always_keep_sources": dict.fromkeys(stored.marks.sources, True),
        "weights": stored.weights,
    }
    flat = {f"{kind}.{name}": value for kind, one in groups.items() for name, value in one.items()}
    return {**flat, "redact": stored.redact}


def _rule_row(name: str, before: Any, now: Any) -> dict[str, Any]:
    rule, key = name.split(".", 1)
    part: Any = RulesPart.model_fields[rule].annotation
    title = part.model_fields[key].title
    return _row(RULES[rule].title, title, pages.in_words(before), pages.in_words(now))


def _decided_row(name: str, before: Any, now: Any) -> dict[str, Any]:
    kind, _dot, key = name.partition(".")
    if kind == "routes":
        told = pages.preset_title(before), pages.preset_title(now)
        return _row(_("Rules by language"), key, *told)
    if kind == "redact":
        return _row(_("Redact"), _("Kinds"), _kinds(before), _kinds(now))
    told = pages.in_words(before), pages.in_words(now)
    if kind == "weights":
        return _row(_("Weight in the mixture"), key, *told)
    marked = _("document") if kind == "always_keep" else _("source")
    return _row(_("Always kept"), f"{marked} {key}", *told)


def _row(rule: str, setting: str, before: str, now: str) -> dict[str, Any]:
    return {"rule": rule, "field": setting, "before": before, "now": now}


def _kinds(redact: list[str] | None) -> str:
    return _("unknown") if redact is None else ", ".join(redact) or "–"
