"""What makes versions and exports: jobs, as everything that lasts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.corpora.classifiers.choosing import fields_for
from webapp.corpora.versions.selectors import EXPORT_VERB, VERB
from webapp.corpora.versions.stored import Stored
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.creation import job_create

#: Rules whose column was computed with an artifact: its kind, which is the spec's field too.
_COMPUTED_WITH = {"contamination": "contamination"}


def version_create(
    *,
    documents: Artifact,
    created_by: User,
    rules: dict[str, Any] | None = None,
    preset: str = "",
    like: Artifact | None = None,
    redact: list[str] | None = None,
    routes: dict[str, str] | None = None,
    always_keep: list[str] | None = None,
    always_keep_sources: list[str] | None = None,
    contamination: Artifact | None = None,
    weights: dict[str, float] | None = None,
    tokenizer: Artifact | None = None,
    title: str = "",
    idempotency_key: str = "",
) -> Job:
    """The job that makes a version over ``documents``; SpecError names what is wrong.

    ``like`` is a version over the same documents: its signals are taken over, so that only the
    rules are applied. It redacts the same kinds of personal data, has the same presets for some
    languages, the same marks and weights, unless these say others; tokens are counted by the
    same tokenizer. ``contamination`` is a search for evaluation sets in the documents.
    """
    # Versions are made again and again; texts are written when somebody asks for an export.
    spec: dict[str, Any] = {"preset": preset, "text_files": False}
    spec |= {} if rules is None else {"rules": rules}
    given = {"redact": redact, "routes": routes, "weights": weights, "always_keep": always_keep}
    given |= {"always_keep_sources": always_keep_sources}
    if like is not None:
        spec |= _as_in(like, rules, needs_redaction=redact is None)
    spec |= {name: value for name, value in given.items() if value is not None}
    spec |= fields_for(documents, rules)
    named = {"documents": documents, "tokenizer": tokenizer, "contamination": contamination}
    spec |= {name: f"artifact:{one.pk}" for name, one in named.items() if one is not None}
    return job_create(
        project=documents.project,
        verb=VERB,
        spec=spec,
        created_by=created_by,
        title=title.strip() or str(documents),
        idempotency_key=idempotency_key,
    )


def _as_in(
    like: Artifact, rules: dict[str, Any] | None, *, needs_redaction: bool
) -> dict[str, Any]:
    """The fields that a version over the same documents takes from ``like``."""
    stored = Stored.of(like)
    if needs_redaction and stored.redact is None:
        raise ApplicationError(
            _("What this version redacts cannot be read: make a new corpus of the documents.")
        )
    fields: dict[str, Any] = {
        "signals": f"artifact:{like.pk}",
        "redact": stored.redact or [],
        "routes": stored.routes,
        "segmentation": stored.segmentation,
        "weights": stored.weights,
        "always_keep": [*stored.marks.doc_ids],
        "always_keep_sources": [*stored.marks.sources],
    }
    # Columns are taken over too; the lineage says where they came from.
    used = [kind for rule, kind in _COMPUTED_WITH.items() if _is_on(rules, rule)]
    for name in ["tokenizer", *used]:
        if source := like.sources.filter(kind=name).first():
            fields[name] = f"artifact:{source.pk}"
    return fields


def export_create(
    *, corpus: Artifact, created_by: User, format: str, idempotency_key: str = ""
) -> Job:
    """The job that writes the kept documents as one file."""
    return job_create(
        project=corpus.project,
        verb=EXPORT_VERB,
        spec={"corpus": f"artifact:{corpus.pk}", "format": format},
        created_by=created_by,
        title=f"{corpus} ({format})",
        idempotency_key=idempotency_key,
    )


def _is_on(rules: dict[str, Any] | None, name: str) -> bool:
    """Whether rules, which are not validated yet, switch on one of them."""
    part = (rules or {}).get(name)
    return isinstance(part, dict) and bool(part.get("is_on"))
