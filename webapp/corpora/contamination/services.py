"""A corpus without what a search found, and the page of hits that the helper reads."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from training.folder.artifact import MANIFEST
from training.registry import RULE_PRESETS
from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.corpora.contamination.selectors import documents_of
from webapp.corpora.versions.services import version_create
from webapp.corpora.versions.stored import Stored
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact, Job

PAGE_SIZE = 10


def hits_page(
    *, search: Artifact, set_name: str = "", item: int = -1, page: int = 1
) -> dict[str, Any]:
    """A page of hits; ApplicationError says why there is none."""
    if not (search.folder / MANIFEST).is_file():
        message = _("The folder of this search is missing on the server. Search again.")
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
    answer: dict[str, Any] = helper_call(
        "list_hits",
        folder=str(search.folder),
        set_name=set_name,
        item=item,
        offset=(page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )
    return answer


def corpus_without(
    *,
    search: Artifact,
    created_by: User,
    like: Artifact | None = None,
    at_most: int = 0,
    item_share: float = 0.0,
    title: str = "",
    idempotency_key: str = "",
) -> Job:
    """The job that drops the documents that hold items; SpecError names what is wrong.

    All other rules are those of ``like``, a corpus over the same documents; without it every
    other document stays.
    """
    documents = documents_of(search)
    if documents is None:
        raise ApplicationError(
            _("The documents that were searched are deleted: search others."),
            status_code=HTTPStatus.CONFLICT,
        )
    rules = (
        dict(Stored.of(like).rules) if like else RULE_PRESETS["off"].load().model_dump(mode="json")
    )
    rules["contamination"] = {"is_on": True, "at_most": at_most, "item_share": item_share}
    return version_create(
        documents=documents,
        created_by=created_by,
        rules=rules,
        like=like,
        contamination=search,
        title=title.strip() or str(search),
        idempotency_key=idempotency_key,
    )
