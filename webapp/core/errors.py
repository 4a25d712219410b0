"""Errors that a user can mend, and the one body in which the API tells them.

Body: ``{"message": sentence, "extra": {"fields": {field path: [sentence, …]}}}``. Services raise
`ApplicationError` or let a `training.errors.TrainyardError` pass; nobody else builds error bodies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from training.errors import DiskFullError, SpecError, TrainyardError
from training.folder.atomic import is_full

FieldErrors = Mapping[str, list[str]]

#: What SQLite answers when its file, or the memory that its readers share, finds no room.
_SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}


class ApplicationError(Exception):
    """A request that cannot be done as asked: one sentence, and sentences per field if any."""

    def __init__(
        self,
        message: str,
        *,
        fields: FieldErrors | None = None,
        status_code: int = HTTPStatus.BAD_REQUEST,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})
        self.status_code = status_code


def error_body(message: str, fields: FieldErrors | None = None) -> dict[str, Any]:
    """The API's error body."""
    return {"message": message, "extra": {"fields": dict(fields or {})}}


def as_application_error(error: BaseException | None) -> ApplicationError | None:
    """What the user is told about ``error``; None when it is ours to mend."""
    if isinstance(error, ApplicationError):
        return error
    if isinstance(error, SpecError):
        return ApplicationError(_("The settings cannot be run as written."), fields=_fields(error))
    if isinstance(error, DiskFullError):
        return ApplicationError(str(error), status_code=HTTPStatus.INSUFFICIENT_STORAGE)
    if isinstance(error, TrainyardError):
        return ApplicationError(str(error))
    if error is not None and _says_disk_full(error):
        message = _("The disk of the server is full, so this could not be done. Free some space.")
        return ApplicationError(message, status_code=HTTPStatus.INSUFFICIENT_STORAGE)
    return None


def _says_disk_full(error: BaseException) -> bool:
    """Whether the database or the file system refused for want of room."""
    # Django's OperationalError has SQLite's as its cause.
    codes = {getattr(one, "sqlite_errorcode", None) for one in (error, error.__cause__)}
    return bool(codes & _SQLITE_FULL) or is_full(error)


def _fields(error: SpecError) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for problem in error.problems:
        fields.setdefault(problem.field, []).append(problem.sentence())
    return fields
