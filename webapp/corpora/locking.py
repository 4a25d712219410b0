"""Who may touch the files of an upload while they arrive, and that rows are read under the lock.

A chunk holds the upload's lock shared and its own file's alone; finishing and taking away hold the
upload's lock alone, so nothing is written while files are hashed and linked. Both are flocks: they
bind every process of the machine, and end with whoever held them. A row that was read before the
lock may be out of date: `held` reads the upload again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _

from webapp.core.errors import ApplicationError, error_body
from webapp.corpora.models import Upload

_RETRY_SECONDS = 1


class BusyError(ApplicationError):
    """Somebody else holds it (409); the same request may be right a moment later."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status_code=HTTPStatus.CONFLICT)

    def response(self) -> JsonResponse:
        """The API's error, with the header by which scripts know that they may try again."""
        headers = {"Retry-After": str(_RETRY_SECONDS)}
        return JsonResponse(error_body(self.message), status=self.status_code, headers=headers)


@contextmanager
def held(upload: Upload, *, alone: bool) -> Iterator[None]:
    """Hold the upload's lock, never waiting for it: BusyError while that is not possible.

    ``upload`` is brought up to date. Http404 when it has been taken away meanwhile.
    """
    descriptor = _open_lock(upload, makes_folder=alone)
    try:
        _lock(descriptor, alone=alone)
        _refresh(upload)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """One file that is arriving, made if need be, for this writer alone; else BusyError."""
    path.touch(mode=0o600)
    with path.open("r+b", buffering=0) as file:
        if not _is_locked(file.fileno(), fcntl.LOCK_EX):
            raise BusyError(_("Another window is sending this file."))
        yield file


def _open_lock(upload: Upload, *, makes_folder: bool) -> int:
    """Who writes makes no folder: without one the upload is over."""
    if makes_folder:
        upload.parts.mkdir(parents=True, exist_ok=True)
    try:
        return os.open(upload.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as error:
        message = _("This upload is finished, or was taken away.")
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT) from error


def _lock(descriptor: int, *, alone: bool) -> None:
    if _is_locked(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
        return
    if alone and _is_locked(descriptor, fcntl.LOCK_SH):
        raise BusyError(_("A file of this upload is just being sent; wait until it has arrived."))
    raise BusyError(_("This upload is being checked; wait until that is done."))


def _is_locked(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refresh(upload: Upload) -> None:
    try:
        upload.refresh_from_db(fields=["artifact", "job", "expires_at"])
    except Upload.DoesNotExist as error:
        shutil.rmtree(upload.parts, ignore_errors=True)
        raise Http404(_("This upload was taken away.")) from error
