"""Reading from registered server folders: what they hold, and the job that reads a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from training.errors import DataError
from training.folder.roots import Entry, plain_name, safe_list
from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Job
from webapp.jobs.roots import root_folder, root_ids, root_reference
from webapp.jobs.services.creation import job_create
from webapp.projects.models import Project

#: One page of a listing; a folder of more is read whole, or by a name that is typed.
MAX_SHOWN = 1_000


@dataclass(frozen=True)
class RootRow:
    """A registered folder; ``fault`` says why it cannot be read now."""

    id: str
    fault: str


@dataclass(frozen=True)
class FolderRow(Entry):
    """A file or folder of a listing; ``path`` is its name below the root."""

    path: str


@dataclass(frozen=True)
class FolderPage:
    """What one folder below a root holds, and the folders that lead to it: (name, its path)."""

    root: str
    at: str
    crumbs: list[tuple[str, str]]
    entries: list[FolderRow]
    num_entries: int
    num_left_out: int


def roots() -> list[RootRow]:
    """All registered folders."""
    return [RootRow(root_id, _fault(root_id)) for root_id in root_ids()]


def folder_page(root_id: str, at: str) -> FolderPage:
    """The listing of a folder; DataError when it is not there or leads out of its root."""
    at = plain_name(at)
    listing = safe_list(root_folder(root_id), at)
    parts = PurePosixPath(at).parts
    crumbs = [(part, "/".join(parts[: depth + 1])) for depth, part in enumerate(parts)]
    return FolderPage(
        root=root_id,
        at=at,
        crumbs=crumbs,
        entries=[_row(entry, at) for entry in listing.entries[:MAX_SHOWN]],
        num_entries=len(listing.entries),
        num_left_out=listing.num_left_out,
    )


def read_folder(
    *,
    project: Project,
    created_by: User,
    root_id: str,
    names: Sequence[str],
    title: str = "",
    key: str = "",
) -> Job:
    """The job that makes documents of these files and folders, where they lie; nothing is copied.

    ApplicationError when none is named; SpecError names those that cannot be read.
    """
    if not names:
        raise ApplicationError(_("Choose at least one file or folder."))
    paths = [root_reference(root_id, name) for name in dict.fromkeys(names)]
    return job_create(
        project=project,
        verb="extract",
        spec={"inputs": [{"path": path} for path in paths]},
        created_by=created_by,
        title=title or _title(root_id, names),
        idempotency_key=key,
    )


def _row(entry: Entry, at: str) -> FolderRow:
    path = f"{at}/{entry.name}" if at else entry.name
    return FolderRow(entry.name, entry.is_folder, entry.num_bytes, entry.modified, path)


def _title(root_id: str, names: Sequence[str]) -> str:
    first = PurePosixPath(names[0]).name or root_id
    if len(names) == 1:
        return first
    return _("%(first)s and %(more)s more") % {"first": first, "more": len(names) - 1}


def _fault(root_id: str) -> str:
    try:
        root_folder(root_id)
    except DataError as error:
        return str(error)
    return ""
