"""What makes versions and exports: jobs, as everything that lasts."""

from __future__ import annotations

from collections.abc import Sequence
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
    always_keep: Sequence[str] | None = None,
    always_keep_sources: Sequence[str] | None = None,
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
    spec: dict[str, Any] = {"documents": f"artifact:{documents.pk}", "preset": preset}
    # Versions are made again and again; texts are written when somebody asks for an export.
    spec["text_files"] = False
    if rules is not None:
        spec["rules"] = rules
    if like is not None:
        spec["signals"] = f"artifact:{like.pk}"
        stored = Stored.of(like)
        spec["segmentation"] = stored.segmentation
        if redact is None and (redact := stored.redact) is None:
            raise ApplicationError(
                _("What this version redacts cannot be read, so no other can be made like it.")
            )
        for rule, kind in _COMPUTED_WITH.items():
            if _is_on(rules, rule) and (used := like.sources.filter(kind=kind).first()):
                # Its column is taken over too; the lineage says where it came from.
                spec[kind] = f"artifact:{used.pk}"
        routes = stored.routes if routes is None else routes
        always_keep = stored.marks.doc_ids if always_keep is None else always_keep
        if always_keep_sources is None:
            always_keep_sources = stored.marks.sources
        weights = stored.weights if weights is None else weights
        tokenizer = tokenizer or like.sources.filter(kind="tokenizer").first()
    if tokenizer is not None:
        spec["tokenizer"] = f"artifact:{tokenizer.pk}"
    spec |= fields_for(documents, rules)
    if contamination is not None:
        spec["contamination"] = f"artifact:{contamination.pk}"
    spec |= {"redact": redact or [], "routes": routes or {}}
    spec |= {
        "always_keep": [*(always_keep or ())],
        "always_keep_sources": [*(always_keep_sources or ())],
        "weights": weights or {},
    }
    return job_create(
        project=documents.project,
        verb=VERB,
        spec=spec,
        created_by=created_by,
        title=title.strip() or str(documents),
        idempotency_key=idempotency_key,
    )


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
