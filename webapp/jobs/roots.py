"""Registered server folders: what an administrator lists in TRAINYARD_DATA_ROOTS, by id.

A spec names a file or folder of one as ``root:<id>/<relative name>``; the path is looked up when
the job is launched. Pages and API show ids and relative names only.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from training.errors import DataError
from training.folder.roots import plain_name, safe_open

ROOT = "root"


def root_ids() -> list[str]:
    """Ids of all registered folders, in the order in which they were listed."""
    return list(settings.DATA_ROOTS)


def root_folder(root_id: str) -> Path:
    """The folder of an id; DataError when there is none."""
    folder: Path | None = settings.DATA_ROOTS.get(root_id)
    if folder is None:
        message = _("No folder %(name)s is registered on this server.")
        raise DataError(message % {"name": repr(root_id[:40])}, advice=_("Choose one of the list."))
    if not folder.is_dir():
        message = _("The registered folder %(name)s is not there at the moment.")
        raise DataError(message % {"name": root_id}, advice=_("Mount it, or choose another."))
    return folder


def root_reference(root_id: str, name: str) -> str:
    """How a spec names a file or folder below a root; DataError for a name that leads out of it."""
    return f"{ROOT}:{root_id}/{plain_name(name)}"


def is_root_reference(text: str) -> bool:
    """Whether a text names something below a registered folder."""
    return text.startswith(f"{ROOT}:")


def root_path(text: str) -> Path:
    """The path that a reference means; DataError when it is not there or leads elsewhere."""
    root_id, _slash, name = text.removeprefix(f"{ROOT}:").partition("/")
    folder, name = root_folder(root_id), plain_name(name)
    with safe_open(folder, name):
        return folder / name
