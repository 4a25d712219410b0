"""Asking for the quality report of a corpus."""

from __future__ import annotations

from django.utils.translation import gettext as _

from webapp.accounts.models import User
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.creation import job_create
from webapp.reports.corpus_selectors import VERB


def corpus_report_ask(
    *,
    corpus: Artifact,
    created_by: User,
    sample_documents: int | None = None,
    seed: int | None = None,
    near_duplicates: bool = True,
    idempotency_key: str = "",
) -> Job:
    """The job that measures a version; SpecError names what cannot be asked. None: as usual."""
    spec = {
        "corpus": f"artifact:{corpus.pk}",
        "title": str(corpus),
        "near_duplicates": near_duplicates,
        "sample_documents": sample_documents,
        "seed": seed,
    }
    return job_create(
        project=corpus.project,
        verb=VERB,
        spec={name: value for name, value in spec.items() if value is not None},
        created_by=created_by,
        title=_("Quality report on %(title)s") % {"title": corpus},
        idempotency_key=idempotency_key,
    )
