"""How much may be uploaded: by file, by project, and what must stay free on the disk."""

from __future__ import annotations

import shutil
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from training.units import format_bytes
from webapp.core.errors import ApplicationError
from webapp.corpora.models import UploadFile
from webapp.jobs.models import Artifact
from webapp.projects.models import Project

CHUNK_BYTES = 16 << 20
MAX_FILE_BYTES = 1 << 40
MAX_FILES = 10_000


def require_room(project: Project, num_bytes: int) -> None:
    """Refuse (507) what would not fit on the disk, or (413) into the project's share."""
    _require_disk(settings.TRAINYARD_HOME, num_bytes)
    quota: int = settings.UPLOAD_QUOTA_BYTES
    used = used_bytes(project)
    if used + num_bytes > quota:
        message = _(
            "These files have %(size)s; of the project's %(quota)s for uploads %(left)s are left. "
            "Delete uploads that are not needed any more."
        )
        words = {"size": num_bytes, "quota": quota, "left": max(0, quota - used)}
        raise ApplicationError(
            message % {name: format_bytes(value) for name, value in words.items()},
            status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )


def used_bytes(project: Project) -> int:
    """What the project's uploads have, finished or on their way."""
    done = Artifact.objects.filter(project=project, kind="upload").aggregate(n=Sum("num_bytes"))
    coming = UploadFile.objects.filter(
        upload__project=project, upload__artifact=None, refused=""
    ).aggregate(n=Sum("num_bytes"))
    return int(done["n"] or 0) + int(coming["n"] or 0)


def disk_is_full(file: UploadFile) -> ApplicationError:
    """What is said when a write to this file finds no space."""
    message = _(
        "The disk of the server is full: %(name)s was not written further (%(free)s free). What "
        "arrived before is kept; make space and send the rest."
    )
    free = format_bytes(shutil.disk_usage(file.upload.parts).free)
    return ApplicationError(
        message % {"name": file.name, "free": free}, status_code=HTTPStatus.INSUFFICIENT_STORAGE
    )


def require_floor(file: UploadFile) -> None:
    """507 while the disk has less than what stays reserved: jobs that run need it to save."""
    free = shutil.disk_usage(file.upload.parts).free
    floor: int = settings.JOBS.min_free_bytes
    if free >= floor:
        return
    message = _(
        "The disk of the server has only %(free)s left, and %(floor)s stay reserved, so %(name)s "
        "waits. What arrived before is kept; make space and send the rest."
    )
    words = {"free": format_bytes(free), "floor": format_bytes(floor), "name": file.name}
    raise ApplicationError(message % words, status_code=HTTPStatus.INSUFFICIENT_STORAGE)


def _require_disk(home: Path, num_bytes: int) -> None:
    floor: int = settings.JOBS.min_free_bytes
    free = shutil.disk_usage(home).free
    if free - num_bytes >= floor:
        return
    message = _(
        "The disk of the server has %(free)s free, of which %(floor)s stay reserved; these files "
        "have %(size)s. Make space, or send fewer files."
    )
    words = {"free": free, "floor": floor, "size": num_bytes}
    raise ApplicationError(
        message % {name: format_bytes(value) for name, value in words.items()},
        status_code=HTTPStatus.INSUFFICIENT_STORAGE,
    )
