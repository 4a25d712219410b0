"""What runs by default, embedded or served: DEBUG off, hashed and compressed static files."""

from __future__ import annotations

from webapp.settings.base import *  # noqa: F403
