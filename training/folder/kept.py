"""Results kept by the content that they were made of, for all jobs of an installation.

What is asked again of the same content is read instead of computed. They lie in the home folder,
else in the user's cache, below ``kept/``; each is its SHA-256 and its bytes, and one that was torn
or changed counts as none. Any of them may be deleted at any time; the oldest are, so that their
number stays bounded.
"""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from training.errors import DiskFullError
from training.folder.atomic import write_bytes

_HOME = "TRAINYARD_HOME"
_DIGEST_BYTES = hashlib.sha256().digest_size
MOST_KEPT = 1_000

logger = logging.getLogger(__name__)


def shared_folder() -> Path:
    """What all jobs of an installation share: the home folder, else the user's cache."""
    home = os.environ.get(_HOME)
    return Path(home or "~/.cache/trainyard").expanduser()


def read_kept(kind: str, key: str) -> bytes | None:
    """The result of this kind and key; None when there is none that is whole."""
    path = _path(kind, key)
    try:
        data = path.read_bytes()
        # It was of use: the oldest ones go first.
        os.utime(path)
    except OSError:
        return None
    digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    return content if hashlib.sha256(content).digest() == digest else None


def keep(kind: str, key: str, content: bytes) -> None:
    """Keep a result. Where it cannot be written it is not kept, and the log says so."""
    path = _path(kind, key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, hashlib.sha256(content).digest() + content)
        _drop_oldest(path.parent)
    except (OSError, DiskFullError) as error:
        logger.warning("A result could not be kept for other jobs: %s", error)


def _path(kind: str, key: str) -> Path:
    return shared_folder() / "kept" / kind / hashlib.sha256(key.encode()).hexdigest()


def _drop_oldest(folder: Path) -> None:
    kept = [path for path in folder.iterdir() if not path.name.startswith(".")]
    if len(kept) > MOST_KEPT:
        for path in sorted(kept, key=_age)[: len(kept) - MOST_KEPT]:
            path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
