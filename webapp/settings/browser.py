"""Production settings as the browser tests run them: with the pattern page and quick passwords."""

from __future__ import annotations

from webapp.settings.production import *  # noqa: F403

SHOW_PATTERNS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HELPER_SECONDS = 300.0
