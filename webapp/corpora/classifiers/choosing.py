"""Which classifier or model a rule of a corpus goes by: what is offered, and what a job is told.

A rule holds the id of a classifier; a clean job wants the artifact, or for an encoder the scores
that it gave these documents.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from training.specs.fit_classifier import Form, Target
from webapp.corpora.classifiers.selectors import KIND, SCORES, is_encoder
from webapp.jobs.models import Artifact
from webapp.jobs.references import ARTIFACT

_MOST_OFFERED = 50
_NGRAM_MODEL = "ngram_model"
#: Rule -> its fields that hold an id.
FIELDS = {
    "quality": ("classifier",),
    "safety": ("classifier", "keywords"),
    "perplexity": ("model",),
}


def offered(documents: Artifact, rule: str) -> dict[str, list[tuple[str, str]]]:
    """{field: [(id, label)]} for the fields of a rule that name what it goes by; newest first.

    An encoder is offered once it has scored these documents.
    """
    if rule not in FIELDS:
        return {}
    kind = _NGRAM_MODEL if rule == "perplexity" else KIND
    rows = Artifact.objects.filter(project=documents.project, kind=kind).order_by("-created_at")
    found = list(rows[:_MOST_OFFERED])
    if kind == KIND and any(map(is_encoder, found)):
        scores = Artifact.objects.filter(products__in=_scores_of(documents))
        scored = set(scores.values_list("pk", flat=True))
        found = [one for one in found if not is_encoder(one) or one.pk in scored]
    return {
        name: [(str(one.pk), _label(one)) for one in found if _fits(one, rule, name)]
        for name in FIELDS[rule]
    }


def fields_for(documents: Artifact, rules: dict[str, Any] | None) -> dict[str, str]:
    """Fields of a clean job that name what its rules, not validated yet, go by."""
    fields: dict[str, str] = {}
    for rule, name, known in _named(rules or {}):
        rows = Artifact.objects.filter(project=documents.project, pk=known)
        one = rows.filter(kind__in=(KIND, _NGRAM_MODEL)).first()
        if one is None or not _fits(one, rule, name):
            continue
        if rule == "perplexity":
            fields[_NGRAM_MODEL] = f"{ARTIFACT}:{one.pk}"
        elif name == "keywords":
            fields["safety_list"] = f"{ARTIFACT}:{one.pk}"
        elif not is_encoder(one):
            fields[f"{rule}_classifier"] = f"{ARTIFACT}:{one.pk}"
        elif scores := _scores_of(documents).filter(sources=one).first():
            fields[f"{rule}_scores"] = f"{ARTIFACT}:{scores.pk}"
    return fields


def _named(rules: dict[str, Any]) -> Iterator[tuple[str, str, uuid.UUID]]:
    for rule, names in FIELDS.items():
        part = rules.get(rule)
        if not isinstance(part, dict) or not part.get("is_on"):
            continue
        for name in names:
            try:
                yield rule, name, uuid.UUID(str(part.get(name)))
            except ValueError:
                continue


def _scores_of(documents: Artifact) -> Any:
    """Scores of these documents, newest first."""
    return documents.products.filter(kind=SCORES).order_by("-created_at")


def _fits(one: Artifact, rule: str, name: str) -> bool:
    """Whether a rule can go by it."""
    if rule == "perplexity":
        return one.kind == _NGRAM_MODEL
    is_list = one.counts.get("form") == Form.KEYWORDS
    if name == "keywords" or is_list:
        return name == "keywords" and is_list
    return rule == "quality" or one.counts.get("target") == Target.CLASS


def _label(one: Artifact) -> str:
    made = f"{one.created_at:%Y-%m-%d %H:%M}"
    if is_encoder(one):
        return _("%(name)s (encoder, has scored these documents), %(made)s") % {
            "name": one, "made": made,
        }  # fmt: skip
    return f"{one}, {made}"
