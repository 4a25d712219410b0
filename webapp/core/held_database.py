"""One idle connection to SQLite for as long as the web process lives.

Requests open and close their own. When the last one closes, SQLite takes away the files that its
readers share (-wal, -shm), and on a full disk the next request could not even read. Held open,
pages go on being shown; only what writes is refused.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings


def hold_database() -> sqlite3.Connection | None:
    """To be kept by the caller; None with another database, or when it cannot be opened yet."""
    database: dict[str, Any] = settings.DATABASES["default"]
    path = Path(database["NAME"])
    if not database["ENGINE"].endswith("sqlite3") or not path.is_file():
        return None
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        # Reading is what makes the files.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # The disk is full already: requests say so, and do without when there is room again.
        connection.close()
        return None
    return connection
