"""Asking for a tokenizer with more pieces, a preview of it, and what one brought."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from training.folder.atomic import read_json
from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact, JobGroup
from webapp.jobs.services.creation import Step, group_create
from webapp.projects.models import Project

VERB = "extend_tokenizer"
RESIZE = "resize_embeddings"
_STATISTICS = "statistics.json"
_FIELDS = (
    "base_vocab_size", "added", "merged", "terms", "mined", "on_the_way", "reachable",
    "saved_fraction",
)  # fmt: skip
_MAX_SHOWN = 100


@dataclass(frozen=True)
class Extension:
    """What is added: ids of artifacts of the project, None for what is not chosen."""

    base: uuid.UUID
    terms: list[str] = field(default_factory=list)
    other: uuid.UUID | None = None
    corpus: uuid.UUID | None = None
    mining: dict[str, int] = field(default_factory=dict)
    #: Whether the base, when it is a model, gets rows for the new pieces.
    resizes: bool = False


@dataclass(frozen=True)
class Extended:
    """What an extended tokenizer tells of itself, and the models with rows for it."""

    figures: dict[str, Any]
    listed: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    models: list[Artifact]


def extend_ask(
    *, project: Project, created_by: User, extension: Extension, idempotency_key: str = ""
) -> JobGroup:
    """The job that extends, and the one that resizes; SpecError names what cannot be asked."""
    base = _artifact(project, extension.base, ("tokenizer", "model"), "base")
    spec: dict[str, Any] = {base.kind: f"artifact:{base.pk}", "terms": extension.terms}
    named = {"other": extension.other, "corpus": extension.corpus}
    spec |= {name: f"artifact:{pk}" for name, pk in named.items() if pk is not None}
    if extension.corpus is not None:
        spec["mining"] = extension.mining
    title = _("%(base)s, extended") % {"base": base}
    steps: list[Step] = [{"verb": VERB, "title": title, "spec": spec}]
    if extension.resizes:
        if base.kind != "model":
            message = _("Rows can be added to a model; this is a tokenizer alone.")
            raise ApplicationError(message, fields={"resizes": [message]})
        resize = {"model": f"artifact:{base.pk}", "tokenizer": "step:0"}
        steps.append({"verb": RESIZE, "title": _("Rows for the new pieces"), "spec": resize})
    return group_create(
        project=project,
        steps=steps,
        title=title,
        created_by=created_by,
        idempotency_key=idempotency_key,
    )


def extension_preview(*, project: Project, extension: Extension) -> dict[str, Any]:
    """What would be added and saved; ApplicationError says why it cannot be told."""
    folders = {
        "folder": _folder(project, extension.base, ("tokenizer", "model"), "base"),
        "other": _folder(project, extension.other, ("tokenizer",), "other"),
        "corpus": _folder(project, extension.corpus, ("corpus",), "corpus"),
    }
    answer: dict[str, Any] = helper_call(
        "preview_extension", **folders, terms=extension.terms, **extension.mining
    )
    return answer


def extended(artifact: Artifact) -> Extended | None:
    """What was added to a tokenizer; None of one that was not extended."""
    statistics = read_json(artifact.folder / _STATISTICS)
    found = statistics.get("extension") if isinstance(statistics, dict) else None
    if not isinstance(found, dict) or not all(
        isinstance(found.get(name), int | float) for name in _FIELDS
    ):
        return None
    models = artifact.products.filter(kind="model").order_by("-created_at")[:20]
    return Extended(
        figures={name: found[name] for name in _FIELDS},
        listed=_rows(found.get("listed"), "term"),
        refused=_rows(found.get("refused"), "reason"),
        models=[one for one in models if one.counts.get("new_pieces")],
    )


def _rows(listed: Any, name: str) -> list[dict[str, Any]]:
    rows = listed if isinstance(listed, list) else []
    return [row for row in rows if isinstance(row, dict) and name in row][:_MAX_SHOWN]


def _artifact(project: Project, pk: uuid.UUID, kinds: tuple[str, ...], name: str) -> Artifact:
    found = Artifact.objects.filter(project=project, kind__in=kinds, pk=pk).first()
    if found is None:
        message = _("This is not in the project; choose another.")
        raise ApplicationError(message, fields={name: [message]})
    return found


def _folder(project: Project, pk: uuid.UUID | None, kinds: tuple[str, ...], name: str) -> str:
    return "" if pk is None else str(_artifact(project, pk, kinds, name).folder)
