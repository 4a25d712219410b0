"""Static files: our own folder and a short table of files out of wheels, hashed and compressed.

No third-party file is copied into the repository, and nothing else of a wheel is served: the
plotly wheel alone holds 60 MB. Django's finder for apps is therefore not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import HashedFilesMixin
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Name below /static/ -> (package, path in it).
WHEEL_FILES = {
    "plotly/plotly.min.js": ("plotly", "package_data/plotly.min.js"),
    "htmx/htmx.min.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
    "swagger/swagger-ui-bundle.js": (
        "drf_spectacular_sidecar",
        "static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js",
    ),
    "swagger/swagger-ui.css": (
        "drf_spectacular_sidecar",
        "static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css",
    ),
}
# Level 11 takes minutes for plotly on a busy core; 5 takes half a second and is 8 % larger.
BROTLI_QUALITY = 5
# Django has these patterns but by default applies them to nothing.
JS_IMPORT_PATTERNS: Any = vars(HashedFilesMixin)["_js_module_import_aggregation_patterns"]


class WheelFinder(BaseFinder):
    """Finds the files of the table where pip put them."""

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        """The absolute path of a file of the table, or nothing."""
        found = str(wheel_path(path)) if path in WHEEL_FILES else ""
        return ([found] if found else []) if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """All of the table, for collectstatic."""
        for name in WHEEL_FILES:
            yield name, _OneFile(wheel_path(name))


class _OneFile(FileSystemStorage):
    """A storage in which every name is the one file; collectstatic opens it by its static name."""

    def __init__(self, source: Path) -> None:
        super().__init__(location=source.parent)
        self.source = source

    def path(self, name: str) -> str:
        return str(self.source)


class _QuickCompressor(Compressor):  # type: ignore[misc]
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=BROTLI_QUALITY))


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names also for the modules that our scripts import; other people's are left alone."""

    patterns = (
        ("css/*.css", HashedFilesMixin.patterns[0][1]),
        ("js/*.js", JS_IMPORT_PATTERNS[1]),
    )

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """WhiteNoise's, at a quicker level."""
        return _QuickCompressor(**kwargs)


def wheel_path(name: str) -> Path:
    """Where a file of the table lies; found without importing the package."""
    package, path = WHEEL_FILES[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured(
            f"The package {package} is missing; install the pins of requirements.txt."
        )
    return Path(spec.origin).parent / path
