"""Tokenizers side by side: which there are, one text as they cut it, asking for a comparison."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.creation import job_create
from webapp.jobs.states import State
from webapp.projects.models import Project

KIND = "tokenizer_comparison"
VERB = "compare_tokenizers"
#: Text that is cut on the page; more would not fit an address.
MAX_CHARS = 800
MAX_CUT = 8
NUM_SHOWN = 200
_TOKENIZER = "tokenizer.json"
_KINDS = ("tokenizer", "model")
_NUM_OFFERED = 60
#: Colours of neighbouring pieces.
_NUM_COLOURS = 4


@dataclass(frozen=True)
class Cut:
    """A text as one tokenizer cuts it; pieces are (text, ids as a text, colour, how many ids)."""

    name: str
    tokens: int
    per_character: float
    per_word: float
    unknown: int
    partial: int
    pieces: list[tuple[str, str, int, int]]


def comparable(project: Project) -> list[Artifact]:
    """The newest tokenizers, and models that hold one."""
    rows = Artifact.objects.filter(project=project, kind__in=_KINDS).select_related("job")
    newest = rows.order_by("-created_at")[:_NUM_OFFERED]
    return sorted(
        (row for row in newest if (row.folder / _TOKENIZER).is_file()),
        key=lambda row: (row.kind != "tokenizer", -row.created_at.timestamp()),
    )


def comparisons_of(project: Project) -> QuerySet[Artifact]:
    """Newest first."""
    rows = Artifact.objects.filter(project=project, kind=KIND)
    return rows.select_related("job").order_by("-created_at")


def unfinished_of(project: Project) -> list[Job]:
    """Comparisons under way, and the newest that failed."""
    jobs = Job.objects.filter(project=project, verb=VERB).exclude(state=State.FINISHED)
    return list(jobs.order_by("-created_at")[:5])


def corpora_of(project: Project) -> QuerySet[Artifact]:
    """Versions that can be compared on, newest first."""
    rows = Artifact.objects.filter(project=project, kind="corpus")
    return rows.select_related("job").order_by("-created_at")


def compare_ask(
    *,
    project: Project,
    created_by: User,
    corpus: uuid.UUID,
    tokenizers: Sequence[uuid.UUID],
    max_bytes: int | None = None,
    idempotency_key: str = "",
) -> Job:
    """The job that compares; SpecError or ApplicationError names what cannot be asked."""
    chosen = _chosen(project, tokenizers)
    spec: dict[str, Any] = {
        "corpus": f"artifact:{corpus}",
        "tokenizers": [{"path": f"artifact:{one.pk}", "name": str(one)[:120]} for one in chosen],
    }
    if max_bytes is not None:
        spec["max_bytes"] = max_bytes
    return job_create(
        project=project,
        verb=VERB,
        spec=spec,
        created_by=created_by,
        title=_("Comparison of %(number)d tokenizers") % {"number": len(chosen)},
        idempotency_key=idempotency_key,
    )


def cut_text(*, project: Project, tokenizers: Sequence[uuid.UUID], text: str) -> dict[str, Any]:
    """The helper's answer with a name for each cut; ApplicationError says why there is none."""
    chosen = _chosen(project, tokenizers[:MAX_CUT])
    for one in chosen:
        if not one.folder.is_dir():
            message = _("The folder of %(title)s is missing on the disk.") % {"title": str(one)}
            raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
    answer: dict[str, Any] = helper_call(
        "cut_text", folders=[str(one.folder) for one in chosen], text=text[:MAX_CHARS]
    )
    pairs = zip(chosen, answer["cuts"], strict=True)
    cuts = [{"name": str(one), "id": str(one.pk), **cut} for one, cut in pairs]
    return {**answer, "cuts": cuts}


def cuts_shown(answer: dict[str, Any]) -> list[Cut]:
    """The same, as the page has it."""
    characters, words = max(1, answer["characters"]), max(1, answer["words"])
    return [
        Cut(
            name=cut["name"],
            tokens=cut["tokens"],
            per_character=cut["tokens"] / characters,
            per_word=cut["tokens"] / words,
            unknown=cut["unknown"],
            partial=cut["partial"],
            pieces=[
                (text, ", ".join(map(str, ids)), 1 + place % _NUM_COLOURS, len(ids))
                for place, (text, ids) in enumerate(cut["pieces"])
            ],
        )
        for cut in answer["cuts"]
    ]


def _chosen(project: Project, ids: Sequence[uuid.UUID]) -> list[Artifact]:
    """In the order asked for; ApplicationError when one is not in the project, or none is named."""
    rows = Artifact.objects.filter(project=project, kind__in=_KINDS, pk__in=ids)
    by_id = {row.pk: row for row in rows.select_related("job")}
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        message = _("Choose at least one tokenizer.")
        raise ApplicationError(message, fields={"tokenizer": [message]})
    if len(by_id) < len(wanted):
        message = _("A tokenizer is not in this project; choose another.")
        raise ApplicationError(message, fields={"tokenizer": [message]})
    return [by_id[one] for one in wanted]
