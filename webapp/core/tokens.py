"""One-time secrets in links: shown once, stored as digests."""

from __future__ import annotations

import hashlib
import secrets

NUM_RANDOM_BYTES = 32


def new_secret() -> tuple[str, str]:
    """A random text for a link and the digest to store."""
    text = secrets.token_urlsafe(NUM_RANDOM_BYTES)
    return text, digest_of(text)


def digest_of(text: str) -> str:
    """SHA-256 as hex; no salt is needed, because the text has 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()
