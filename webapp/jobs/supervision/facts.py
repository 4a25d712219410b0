"""What a job's folder says, read in the one order that cannot mislead.

The lock first, then exit.json: a tree found dead writes nothing any more, so what is read after
that is final.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.folder.locks import is_tree_alive


@dataclass(frozen=True)
class Facts:
    """One look at a folder."""

    is_alive: bool
    has_wrapper: bool
    #: The newest attempt that was started there; 0 for none.
    attempt: int
    #: exit.json, when it is that attempt's.
    exit: dict[str, Any] | None
    num_beats: int
    is_suspended: bool


def read_facts(folder: JobFolder) -> Facts:
    """Look once; a missing folder gives a dead tree without attempts."""
    is_alive = is_tree_alive(folder.tree_lock)
    has_wrapper = is_tree_alive(folder.wrapper_lock)
    record = _mapping(read_json(folder.pid))
    attempt = int(record.get("attempt", 0))
    ended = _mapping(read_json(folder.exit))
    beat = _mapping(read_json(folder.heartbeat))
    return Facts(
        is_alive=is_alive,
        has_wrapper=has_wrapper,
        attempt=attempt,
        exit=ended if ended and ended.get("attempt") == attempt else None,
        num_beats=int(beat.get("count", 0)),
        is_suspended=bool(beat.get("suspended")),
    )


def _mapping(data: object) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}
