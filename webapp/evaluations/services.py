"""Pages of items, which the helper reads. Benchmarks and evaluations are made by jobs."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from training.folder.artifact import MANIFEST
from webapp.core.errors import ApplicationError
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact
from webapp.jobs.origins import visible_origins

PAGE_SIZE = 10


def benchmark_items(*, benchmark: Artifact, page: int = 1) -> dict[str, Any]:
    """Items in order; ApplicationError says why there are none."""
    _require_folder(benchmark)
    found: dict[str, Any] = helper_call(
        "benchmark_items",
        folder=str(benchmark.folder),
        offset=(page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )
    return found


def evaluation_items(
    *, evaluation: Artifact, set_name: str = "", outcome: str = "", page: int = 1
) -> dict[str, Any]:
    """Scored items of one set or all, right or wrong or both."""
    _require_folder(evaluation)
    found: dict[str, Any] = helper_call(
        "evaluation_items",
        folder=str(evaluation.folder),
        set_name=set_name,
        outcome=outcome,
        offset=(page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )
    return found


def documents_by_loss(
    *, losses: Artifact, order: str = "highest", source: str = "", page: int = 1
) -> dict[str, Any]:
    """A page of documents with their loss; of one source or all."""
    _require_folder(losses)
    found: dict[str, Any] = helper_call(
        "list_losses",
        folder=str(losses.folder),
        order=order,
        source=source,
        offset=(page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )
    rows = found["documents"]
    shown = visible_origins(losses.project_id, (row.get("origin") for row in rows))
    for row, origin in zip(rows, shown, strict=True):
        row["origin"] = origin
    return found


def document_losses(*, losses: Artifact, document: int, offset: int = 0) -> dict[str, Any]:
    """One document with the loss of its tokens."""
    _require_folder(losses)
    found: dict[str, Any] = helper_call(
        "read_losses", folder=str(losses.folder), document=document, offset=offset
    )
    (origin,) = visible_origins(losses.project_id, [found["row"]["origin"]])
    found["row"]["origin"] = origin
    return found


def losses_of_document(*, measured: Sequence[Artifact], doc_id: str) -> list[dict[str, Any] | None]:
    """Of each measurement the row of one document; None where it was not read, or is gone."""
    found: list[dict[str, Any] | None] = helper_call(
        "losses_of_document", folders=[str(one.folder) for one in measured], doc_id=doc_id
    )
    return found


def _require_folder(artifact: Artifact) -> None:
    if not (artifact.folder / MANIFEST).is_file():
        message = _("The folder of %(title)s is missing on the disk.") % {"title": str(artifact)}
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
