"""What the templates of a version show, worked out of a funnel and a choice."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from training.registry import PII_KINDS, RULE_PRESETS, RULES, SIGNALS
from training.registry.signal_row import SignalRow, Unit
from training.specs.base import META
from training.specs.duplicate_rules import NearDuplicatesRule
from training.specs.rules import RulesPart
from training.specs.score_rules import KeepPerplexity
from webapp.corpora.versions.choice import CHOOSERS, PAGE_SIZE, Choice
from webapp.corpora.versions.drawing import Curve, Drawing, draw, draw_curve, with_splits

#: (id, label) of what each field of a rule may name.
Offered = dict[str, list[tuple[str, str]]]

#: Columns of hits of a list, which have a limit of their own.
_HITS = "score-keywords-"

#: Which of head, middle and tail stay, by what a rule keeps.
_PARTS = {
    KeepPerplexity.HEAD.value: [True, False, False],
    KeepPerplexity.HEAD_AND_MIDDLE.value: [True, True, False],
    KeepPerplexity.MIDDLE.value: [False, True, False],
    KeepPerplexity.TAIL.value: [False, False, True],
}
#: Width of the funnel's drawing.
FULL = 1000


@dataclass(frozen=True)
class Control:
    """One threshold as an input."""

    name: str
    label: str
    help: str
    unit: str
    value: str
    problem: str
    #: (text, label) of what it may be, when only some texts can be meant.
    choices: list[tuple[str, str]]


@dataclass(frozen=True)
class FunnelRow:
    """One rule. ``dropped`` counts after the rules before it, ``alone`` without them."""

    rule: str
    title: str
    is_on: bool
    is_chosen: bool
    is_changed: bool
    needs_run: bool
    dropped: int
    alone: int
    left: int
    dropped_fraction: float
    alone_fraction: float
    left_fraction: float
    x_left: int
    x_dropped: int
    width_dropped: int
    width_alone: int
    hidden: list[tuple[str, Any]]


@dataclass(frozen=True)
class Detail:
    """The rule that is looked at."""

    rule: str
    title: str
    help: str
    is_on: bool
    controls: list[Control]
    drawing: Drawing | None
    #: Of the rule on near duplicates: what its settings find.
    curve: Curve | None
    #: Whether it chooses among copies.
    has_clusters: bool
    #: What the rule looks at, with its definition; None of columns that are no signals.
    signal: SignalRow | None
    #: Whether it goes by scores that are not there yet.
    is_unscored: bool


def funnel_rows(funnel: dict[str, Any], choice: Choice) -> list[FunnelRow]:
    """All rules in order, those that are on first in their order."""
    total = max(1, funnel["total"][choice.unit])
    changed = {name.partition(".")[0] for name, _, _ in choice.changes}
    rows = []
    for told in funnel["rules"]:
        name = told["rule"]
        if name not in choice.rules:
            continue
        left = funnel["total"][choice.unit] - told["cumulative"][choice.unit]
        dropped, alone = told["dropped"][choice.unit], told["marginal"][choice.unit]
        rows.append(
            FunnelRow(
                rule=name,
                title=told["title"],
                is_on=choice.rules[name]["is_on"],
                is_chosen=name == choice.rule,
                is_changed=name in changed,
                needs_run=told.get("needs_run", False),
                dropped=dropped,
                alone=alone,
                left=left,
                dropped_fraction=dropped / total,
                alone_fraction=alone / total,
                left_fraction=left / total,
                x_left=round(FULL * left / total),
                x_dropped=round(FULL * left / total),
                # Whatever was dropped can be seen.
                width_dropped=max(round(FULL * dropped / total), 3 if dropped else 0),
                width_alone=max(round(FULL * alone / total), 3 if alone else 0),
                hidden=[] if name == choice.rule else _hidden(name, choice),
            )
        )
    return rows


def detail_of(
    choice: Choice,
    histogram: dict[str, Any] | None,
    signal: str,
    offered: Offered | None = None,
) -> Detail | None:
    """The chosen rule with its controls and, when its signal is a number, its histogram.

    ``offered`` are classifiers and models by the field of the rule that names one.
    """
    if not choice.rule:
        return None
    part = RulesPart.model_fields[choice.rule]
    values = choice.rules[choice.rule]
    fields = {
        name: meta for name in values if (meta := _meta(choice.rule, name))["group"] != "hidden"
    }
    controls = [_control(choice, name, values[name]) for name in fields if name != "is_on"]
    by = [_named(choice, name, values[name], known) for name, known in (offered or {}).items()]
    limits = {
        name: (control.label, float(values[name]))
        for control in controls
        if (name := control.name.partition(".")[2]) in _handles(signal)
        and _matters(fields[name], values)
    }
    is_whole = all(isinstance(values[name], int) for name in limits)
    drawing = draw(histogram, choice.rule, limits, is_whole=is_whole) if histogram else None
    doc = (part.annotation.__doc__ or "").strip() if part.annotation else ""
    title, curve = RULES[choice.rule].title, None
    if part.annotation is NearDuplicatesRule:
        curve = draw_curve(values["jaccard"], values["bands"], values["rows"])
    has_clusters = choice.rule in CHOOSERS
    return Detail(
        choice.rule, title, doc, values["is_on"], by + controls, drawing, curve, has_clusters,
        SIGNALS.get(signal), bool(offered) and histogram is None,
    )  # fmt: skip


def with_parts(detail: Detail | None, funnel: dict[str, Any] | None) -> Detail | None:
    """The histogram of a rule that keeps parts of the corpus, with the values that divide it."""
    if detail is None or detail.drawing is None or not funnel:
        return detail
    told: dict[str, Any] = next(
        (one["thresholds"] for one in funnel["rules"] if one["rule"] == detail.rule), {}
    )
    if "head_below" not in told or told.get("keep") not in _PARTS:
        return detail
    splits = [
        (_("head ends at"), float(told["head_below"])),
        (_("tail begins at"), float(told["tail_from"])),
    ]
    return replace(detail, drawing=with_splits(detail.drawing, splits, _PARTS[told["keep"]]))


def _handles(signal: str) -> set[str]:
    """Fields of a rule that are a limit of the signal that is drawn."""
    return {"hits_at_most"} if signal.startswith(_HITS) else {"at_least", "at_most"}


def marked(excerpt: str, places: list[list[int]]) -> list[tuple[bool, str]]:
    """(whether it is marked, text) in order; the template escapes each piece."""
    pieces, at = [], 0
    for start, stop in places:
        if start > at:
            pieces.append((False, excerpt[at:start]))
        pieces.append((True, excerpt[max(at, start) : stop]))
        at = max(at, stop)
    pieces.append((False, excerpt[at:]))
    return [(is_marked, text) for is_marked, text in pieces if text]


def document_rows(
    documents: list[dict[str, Any]], choice: Choice | None = None
) -> list[dict[str, Any]]:
    """As the list shows them; ``choice`` says which of them are marked one by one."""
    marked_ids = set(choice.marks.doc_ids) if choice else set()
    return [
        {
            **row,
            "is_marked": row.get("doc_id") in marked_ids,
            "pieces": marked(row.get("excerpt", ""), row.get("places", [])),
            "is_cut_before": bool(row.get("start")),
            "where": origin_words(row.get("origin")),
            "dropped_title": RULES[row["dropped_by"]].title if row.get("dropped_by") else "",
        }
        for row in documents
    ]


def origin_words(origin: dict[str, Any] | None) -> str:
    """File, member of the archive, page and line, as far as they are known."""
    if not origin:
        return ""
    parts = [str(origin.get(name) or "") for name in ("file", "member")]
    if origin.get("page"):
        parts.append(_("page %(number)s") % {"number": origin["page"]})
    if origin.get("line"):
        parts.append(_("line %(number)s") % {"number": origin["line"]})
    return ", ".join(filter(None, parts))


def signal_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every signal of a document, with the rules that look at it."""
    verdicts = {row["signal"]: row for row in document["verdicts"]}
    return [
        {
            "title": SIGNALS[name].title,
            "definition": SIGNALS[name].definition,
            "value": value,
            "is_share": SIGNALS[name].unit == Unit.SHARE,
            "verdict": verdicts.get(name),
        }
        for name, value in document["signals"].items()
    ]


def preset_rows() -> list[dict[str, Any]]:
    """Presets with the rules that they switch on."""
    rows = []
    for row in RULE_PRESETS.values():
        rules = row.load().model_dump(mode="json")
        names = [RULES[name].title for name, values in rules.items() if values["is_on"]]
        rows.append({"name": row.name, "title": row.title, "rules": names})
    return rows


def kept_fraction(funnel: dict[str, Any] | None) -> float:
    """Documents kept of those that came in."""
    if not funnel:
        return 0.0
    return float(funnel["kept"]["documents"] / max(1, funnel["total"]["documents"]))


def num_pages(num_shown: int, page_size: int = PAGE_SIZE) -> int:
    """Pages of a list of so many; an empty one has one too."""
    return max(1, -(-num_shown // page_size))


def shown(value: Any) -> str:
    """A threshold as an input has it."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def in_words(value: Any) -> str:
    """A value of a rule as a list of changes has it."""
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return "–" if value is None else shown(value)


def _control(choice: Choice, name: str, value: Any) -> Control:
    part: Any = RulesPart.model_fields[choice.rule].annotation
    field = part.model_fields[name]
    dotted = f"{choice.rule}.{name}"
    is_enum = isinstance(field.annotation, type) and issubclass(field.annotation, StrEnum)
    return Control(
        name=dotted,
        label=field.title,
        help=field.description,
        unit=_meta(choice.rule, name)["unit"],
        value=choice.typed.get(dotted, shown(value)),
        problem=choice.problems.get(dotted, ""),
        choices=[(one.value, one.value) for one in field.annotation] if is_enum else [],
    )


def _named(choice: Choice, name: str, value: str, known: list[tuple[str, str]]) -> Control:
    """What a rule goes by; one that is not offered any more stands for itself."""
    control = _control(choice, name, value)
    empty = _("none") if known else _("there is none: make one first")
    gone = [(value, value[:8])] if value and value not in dict(known) else []
    help = _("Texts without its scores are scored when the version is saved.")
    return dataclasses.replace(control, help=help, choices=[("", empty), *known, *gone])


def _meta(rule: str, name: str) -> dict[str, Any]:
    """What the spec says of a field besides its bounds."""
    part: Any = RulesPart.model_fields[rule].annotation
    meta: dict[str, Any] = part.model_fields[name].json_schema_extra[META]
    return meta


def _matters(meta: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether a field counts with the other values as they are."""
    beside, *accepted = meta["shown_if"] or [""]
    return not beside or values[beside] in accepted


def _hidden(rule: str, choice: Choice) -> list[tuple[str, Any]]:
    """Fields of a rule that has no inputs on this page, when they differ from the version."""
    changed = {name: now for name, _, now in choice.changes}
    prefix = f"{rule}."
    return [
        (name, shown(now))
        for name, now in changed.items()
        if name.startswith(prefix) and not name.endswith(".is_on")
    ]


def redaction_rows(chosen: list[str] | None) -> list[tuple[str, str, bool]]:
    """(kind, title, whether the version redacts it) of every kind of personal data."""
    return [(kind, row.title, kind in (chosen or ())) for kind, row in PII_KINDS.items()]


def route_rows(routes: dict[str, str]) -> list[tuple[str, str]]:
    """(language, title of the preset that judges its documents)."""
    return [(language, preset_title(preset)) for language, preset in routes.items()]


def preset_title(name: str | None) -> str:
    """What a preset is called; one that is not known any more by its name."""
    if name is None:
        return "–"
    return RULE_PRESETS[name].title if name in RULE_PRESETS else name
