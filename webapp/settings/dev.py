"""For working on Trainyard: DEBUG on, static files straight from the source folders."""

from __future__ import annotations

from webapp.settings import environment
from webapp.settings.base import *  # noqa: F403
from webapp.settings.base import STORAGES

DEBUG = True
SHOW_PATTERNS = True
ALLOWED_HOSTS = environment.allowed_hosts(debug=DEBUG)
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
}
