"""What differs between two versions: rules, and everything else that decided about them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from webapp.corpora.versions import pages
from webapp.corpora.versions.choice import Choice, Rules, rule_changes
from webapp.corpora.versions.stored import Stored


def difference_rows(
    before: Stored, after: Stored, rules_before: Rules, rules_after: Rules
) -> list[dict[str, Any]]:
    """Rows of rule, setting and both values; rules are whole, those of today included."""
    marks = Choice({}, {}, decided=before, marks=after.marks, routes=after.routes)
    rows = pages.change_rows(rule_changes(rules_before, rules_after)) + pages.decided_rows(marks)
    rows += [
        _row(_("Weight in the mixture"), source, f"{old:g}", f"{new:g}")
        for source in sorted({*before.weights, *after.weights})
        if (old := before.weights.get(source, 1.0)) != (new := after.weights.get(source, 1.0))
    ]
    if before.redact != after.redact:
        rows.append(_row(_("Redact"), _("Kinds"), _kinds(before), _kinds(after)))
    return rows


def _row(rule: str, setting: str, before: str, now: str) -> dict[str, Any]:
    return {"rule": rule, "field": setting, "before": before, "now": now}


def _kinds(stored: Stored) -> str:
    return _("unknown") if stored.redact is None else ", ".join(stored.redact) or "–"
