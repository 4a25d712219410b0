"""Whether a file that has arrived is the one that was announced: its length, its two ends.

Every chunk was checked when it came. This is the check of the whole, made once all is there: it
finds what was lost on the server since, and a file that was changed while it was sent.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.utils.translation import gettext as _

from training.units import format_bytes
from webapp.corpora.limits import CHUNK_BYTES
from webapp.corpora.models import UploadFile


def fault_of(file: UploadFile) -> str:
    """What is wrong, as a sentence; "" when the file is as announced. Reads 32 MB at most."""
    words = {"name": file.name, "expected": format_bytes(file.num_bytes)}
    size = file.path.stat().st_size if file.path.is_file() else 0
    if size != file.num_bytes:
        message = _("Of %(name)s %(size)s are on the server instead of %(expected)s.")
        return message % {**words, "size": format_bytes(size)}
    if _sha256(file.path, 0) != file.first_sha256:
        return _("The beginning of %(name)s is not what was announced (SHA-256).") % words
    if _sha256(file.path, max(0, size - CHUNK_BYTES)) != file.last_sha256:
        return _("The end of %(name)s is not what was announced (SHA-256).") % words
    return ""


def _sha256(path: Path, offset: int) -> str:
    """Of at most one chunk from ``offset`` on."""
    with path.open("rb") as file:
        file.seek(offset)
        return hashlib.sha256(file.read(CHUNK_BYTES)).hexdigest()
