"""Where documents come from, as far as members of a project may see it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from webapp.jobs.models import Artifact


def visible_origins(
    project_id: uuid.UUID, origins: Iterable[dict[str, Any] | None]
) -> list[dict[str, Any] | None]:
    """The origins of ``training.tokens.reading`` in their order, one query for all.

    None for a document of another project, which is no business of this one's members; ``corpus``
    is None where only the corpus is. Rows of a task set have an origin, but no documents.
    """
    listed = list(origins)
    names = {str(one[key]) for one in listed if one for key in _KEYS if one.get(key)}
    rows = Artifact.objects.filter(project=project_id, pk__in=names) if names else []
    known = {str(row.pk) for row in rows}
    return [_visible(one, known) for one in listed]


_KEYS = ("documents", "corpus")


def _visible(origin: dict[str, Any] | None, known: set[str]) -> dict[str, Any] | None:
    if origin is None or not origin.get("documents"):
        return origin
    if origin["documents"] not in known:
        return None
    corpus = origin.get("corpus")
    return {**origin, "corpus": corpus if corpus in known else None}
