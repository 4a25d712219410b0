"""The queue of short tasks: SQLite in its own file, or Redis with priorities when there is one.

Messages are JSON, never pickle: whoever can write to the queue must not be able to run code.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from huey import Huey, PriorityRedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import SqliteStorage


class JsonSerializer(Serializer):
    """Messages (a named tuple of plain data) and results as JSON text."""

    def _serialize(self, data: Any) -> bytes:
        is_message = isinstance(data, Message)
        fields = list(data) if is_message else data
        return json.dumps({"message": is_message, "data": fields}).encode()

    def _deserialize(self, data: bytes) -> Any:
        stored = json.loads(data)
        fields = stored["data"]
        if not stored["message"]:
            return fields
        message = Message(*fields)
        return message._replace(args=tuple(message.args), kwargs=dict(message.kwargs))


class TablesAtFirstUse(SqliteStorage):  # type: ignore[misc]
    """Settings make the queue: importing them must write no file, least of all on a full disk."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "create_tables": False})

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        for statement in self.ddl:
            connection.execute(statement)
        return connection


class FileHuey(SqliteHuey):  # type: ignore[misc]
    """The queue in a SQLite file."""

    storage_class = TablesAtFirstUse


def huey_from(*, home: Path, redis_url: str) -> Huey:
    """The queue for this home folder; ``redis_url`` empty means SQLite."""
    options: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
    if redis_url:
        return PriorityRedisHuey("trainyard", url=redis_url, **options)
    return FileHuey("trainyard", filename=str(home / "huey.sqlite3"), **options)
