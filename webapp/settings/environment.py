"""Reads the environment for the settings modules; knows no Django setting names.

Every variable has a safe default, so that `python manage.py up` needs none:
TRAINYARD_HOME, TRAINYARD_STATIC_ROOT, TRAINYARD_SECRET_KEY(_FILE), TRAINYARD_ALLOWED_HOSTS,
TRAINYARD_HTTPS, TRAINYARD_DATA_ROOTS, DATABASE_URL, REDIS_URL.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]
MIN_SECRET_KEY_CHARS = 50
_ROOT_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,31}$")
# Measured: 0 "database is locked" errors with 8 writers; DEFERRED gives 29 and more. IMMEDIATE
# matters most, because an upgrade from read to write fails at once whatever the timeout.
SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; "
        "PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=27103364; PRAGMA cache_size=-20000; "
        # What was deleted is overwritten, not only unlinked: a deleted upload's words are gone.
        "PRAGMA secure_delete=ON;"
    ),
}


def home_folder(default: Path) -> Path:
    """TRAINYARD_HOME as an absolute path; made, readable by its owner only, when missing."""
    home = Path(os.environ.get("TRAINYARD_HOME") or default).expanduser().resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def flag(name: str, *, default: bool = False) -> bool:
    """A yes/no variable; anything but 1/0, true/false, yes/no, on/off is refused."""
    text = os.environ.get(name, "").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={text!r} is not understood; accepted: 1, 0, true, false.")


def names(name: str, default: list[str]) -> list[str]:
    """A comma-separated variable as a list."""
    text = os.environ.get(name, "")
    return [part.strip() for part in text.split(",") if part.strip()] or default


def allowed_hosts(*, debug: bool) -> list[str]:
    """TRAINYARD_ALLOWED_HOSTS; "*" is refused, it would switch off the websocket origin check."""
    hosts = names("TRAINYARD_ALLOWED_HOSTS", LOOPBACK_NAMES)
    if "*" in hosts and not debug:
        raise ImproperlyConfigured(
            "TRAINYARD_ALLOWED_HOSTS contains '*', which would accept any Host header and any "
            "websocket origin; list the host names that this server answers to."
        )
    return hosts


def secret_key(home: Path) -> str:
    """The key from TRAINYARD_SECRET_KEY(_FILE), else one kept in the home folder with mode 0600."""
    path = Path(os.environ.get("TRAINYARD_SECRET_KEY_FILE") or home / "secret_key")
    key = os.environ.get("TRAINYARD_SECRET_KEY") or _stored_key(path)
    if len(key) < MIN_SECRET_KEY_CHARS:
        raise ImproperlyConfigured(
            f"The secret key has {len(key)} characters; at least {MIN_SECRET_KEY_CHARS} are needed."
        )
    return key


def database(url: str, home: Path) -> dict[str, Any]:
    """DATABASE_URL as Django's setting: empty or sqlite:///PATH, or postgres://user:pw@host/name."""
    parts = urlsplit(url)
    if parts.scheme in {"", "sqlite"}:
        name = unquote(parts.path[1:]) if parts.path else ""
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home / (name or "db.sqlite3"),
            "OPTIONS": SQLITE_OPTIONS,
        }
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL starts with {parts.scheme!r}; accepted: sqlite, postgres."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_HEALTH_CHECKS": True,
    }


def data_roots(home: Path) -> dict[str, Path]:
    """TRAINYARD_DATA_ROOTS, ``id=/path`` separated by commas; the home folder is none of them."""
    roots: dict[str, Path] = {}
    for part in names("TRAINYARD_DATA_ROOTS", []):
        root_id, equals, path = part.partition("=")
        folder = Path(path.strip()).expanduser()
        if not equals or not _ROOT_ID.match(root_id.strip()) or not folder.is_absolute():
            raise ImproperlyConfigured(
                f"TRAINYARD_DATA_ROOTS: {part!r} is not understood; write id=/absolute/path with "
                "an id of small letters, digits, - and _."
            )
        folder = folder.resolve()
        if folder.is_relative_to(home) or home.is_relative_to(folder):
            raise ImproperlyConfigured(
                f"TRAINYARD_DATA_ROOTS: {root_id} and the home folder lie in each other; the home "
                "folder holds the secret key and other projects' data."
            )
        roots[root_id.strip()] = folder
    return roots


def _stored_key(path: Path) -> str:
    if not path.exists():
        _write_key(path)
    return path.read_text(encoding="ascii").strip()


def _write_key(path: Path) -> None:
    """Create the key file whole or not at all; of two processes starting at once the first wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
