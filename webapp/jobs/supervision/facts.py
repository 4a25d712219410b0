"""What a job's folder says, read in the one order that cannot mislead.

1. pid.json. An attempt that stands there took its locks before it was written.
2. tree.lock, then wrapper.lock. So whoever holds neither now has held both and is dead; looked at
   in any other order, a wrapper that has just started would look dead with its attempt recorded.
3. exit.json, which a wrapper writes before it lets go of its locks: missing now, missing for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.folder.layout import JobFolder
from training.folder.locks import is_tree_alive
from training.wrapper.records import last_attempt, record_at, whole_number


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
    attempt = last_attempt(folder)
    is_alive = is_tree_alive(folder.tree_lock)
    has_wrapper = is_tree_alive(folder.wrapper_lock)
    ended = record_at(folder.exit)
    beat = record_at(folder.heartbeat)
    return Facts(
        is_alive=is_alive,
        has_wrapper=has_wrapper,
        attempt=attempt,
        exit=ended if ended and ended.get("attempt") == attempt else None,
        num_beats=whole_number(beat, "count"),
        is_suspended=bool(beat.get("suspended")),
    )
