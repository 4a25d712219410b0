"""What `/healthz` tells: whether this process answers and reaches its database."""

from __future__ import annotations

from typing import TypedDict

from django.conf import settings
from django.db import DatabaseError, connection


class Health(TypedDict):
    """No secrets, no paths, no counts: anybody may read it."""

    status: str
    version: str
    database: str


def health() -> Health:
    """One read of the database; writes nothing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database = "ok"
    except DatabaseError:
        database = "unreachable"
    status = "ok" if database == "ok" else "failing"
    return Health(status=status, version=settings.VERSION, database=database)
