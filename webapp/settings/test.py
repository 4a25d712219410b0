"""For pytest and mypy: a throw-away home folder, a fast password hasher, no compression."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_HOME_OF = "PYTEST_HOME_OF"

# Tests that run side by side (pytest-xdist) have a home each; their children inherit it.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if "TRAINYARD_HOME" not in os.environ or os.environ.get(_HOME_OF, "") != _worker:
    _home = tempfile.mkdtemp(prefix="trainyard-test-")
    os.environ |= {"TRAINYARD_HOME": _home, _HOME_OF: _worker}
    atexit.register(shutil.rmtree, _home, ignore_errors=True)

from webapp.settings.base import *  # noqa: E402, F403
from webapp.settings.base import (  # noqa: E402
    DATABASES,
    LOGGING,
    STORAGES,
    TRAINYARD_HOME,
)

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
# Tests wait for answers, however busy the machine is.
HELPER_SECONDS = 300.0
LOGGING["root"] = {"handlers": [], "level": "WARNING"}
