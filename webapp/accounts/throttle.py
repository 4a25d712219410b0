"""Slows guessing of passwords: five wrong tries, then fifteen minutes of refusal.

Counted per username and address together, so that a guesser cannot lock out the owner of the
account, nor one user another behind the same address. Kept in the cache, not in the database.
"""

from __future__ import annotations

import hashlib

from django.core.cache import cache

MAX_TRIES = 5
PAUSE_SECONDS = 15 * 60


def is_blocked(username: str, address: str) -> bool:
    """Whether this pair has used up its tries."""
    return int(cache.get(_key(username, address), 0)) >= MAX_TRIES


def count_failure(username: str, address: str) -> None:
    """One more wrong try; the pause starts anew with each."""
    key = _key(username, address)
    cache.add(key, 0, PAUSE_SECONDS)
    cache.incr(key)
    cache.touch(key, PAUSE_SECONDS)


def forget(username: str, address: str) -> None:
    """The password was right: start counting from nought."""
    cache.delete(_key(username, address))


def _key(username: str, address: str) -> str:
    digest = hashlib.sha256(f"{username.casefold()}\0{address}".encode()).hexdigest()
    return f"login-tries:{digest}"
