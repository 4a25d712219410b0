"""For pytest and mypy: a throw-away home folder, a fast password hasher, no compression."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "TRAINYARD_HOME" not in os.environ:
    _home = tempfile.mkdtemp(prefix="trainyard-test-")
    os.environ["TRAINYARD_HOME"] = _home
    atexit.register(shutil.rmtree, _home, ignore_errors=True)

from webapp.settings.base import *  # noqa: F403
from webapp.settings.base import DATABASES, LOGGING, STORAGES, TRAINYARD_HOME

SHOW_PATTERNS = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# A file, as in production: the shared in-memory database locks tables, not transactions.
DATABASES["default"]["TEST"] = {"NAME": TRAINYARD_HOME / "test.sqlite3"}
STATIC_ROOT = TRAINYARD_HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
}
LOGGING["root"] = {"handlers": [], "level": "WARNING"}
