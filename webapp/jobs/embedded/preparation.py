"""What ``up`` does before it starts anything: one at a time, a port, the tables, static files."""

from __future__ import annotations

import errno
import hashlib
import socket
import time
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from training.folder.locks import FolderLock

_BACKLOG = 512
_LOCK_WAIT_SECONDS = 0.1


def lock_home() -> FolderLock:
    """Held as long as ``up`` runs; CommandError when another one serves this home."""
    lock = FolderLock(settings.TRAINYARD_HOME / "up.lock")
    if not lock.try_exclusive():
        raise CommandError(
            f"Trainyard already runs on the home folder {settings.TRAINYARD_HOME}. "
            "End it first, or name another folder with --home."
        )
    return lock


def listening_socket(host: str, port: int) -> socket.socket:
    """Bound once for all web processes to come; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        busy = error.errno == errno.EADDRINUSE
        why = "is used by another program" if busy else f"cannot be opened: {error.strerror}"
        hint = "Choose another with --port; 0 takes a free one."
        raise CommandError(f"Port {port} on {host} {why}. {hint}") from error
    return listener


def migrate() -> bool:
    """Bring the tables up to date; whether there was anything to do."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", verbosity=0, interactive=False)
    return True


def collect_static() -> bool:
    """Copy and compress static files when any of them has changed; whether that was done."""
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        return False
    root = Path(settings.STATIC_ROOT)
    stamp, now = root / ".stamp", _sources_digest()
    lock = FolderLock(root / ".lock")
    try:
        # Several homes may be served from one checkout; the second waits for the first.
        while not lock.try_exclusive():
            time.sleep(_LOCK_WAIT_SECONDS)
        if stamp.is_file() and stamp.read_text(encoding="ascii") == now:
            return False
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(now, encoding="ascii")
        return True
    finally:
        lock.close()


def _sources_digest() -> str:
    """Over names, sizes and times of all static files and the version of what compresses them."""
    digest = hashlib.sha256(settings.VERSION.encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
