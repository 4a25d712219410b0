"""Settings from the environment: safe defaults, clear refusals, a secret key of one's own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from webapp.settings import environment

ROOT = Path(__file__).resolve().parents[3]


def manage(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    settings = {"DJANGO_SETTINGS_MODULE": "webapp.settings.production"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings, "TRAINYARD_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key = environment.secret_key(tmp_path)
    assert environment.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_short_secret_key_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TRAINYARD_SECRET_KEY", "short")
    with pytest.raises(ImproperlyConfigured, match="5 characters; at least 50"):
        environment.secret_key(tmp_path)


def test_any_host_is_refused_outside_debug(monkeypatch) -> None:
    monkeypatch.setenv("TRAINYARD_ALLOWED_HOSTS", "a.example,*")
    with pytest.raises(ImproperlyConfigured, match="websocket origin"):
        environment.allowed_hosts(debug=False)
    assert "*" in environment.allowed_hosts(debug=True)


def test_the_default_hosts_are_this_machine() -> None:
    assert environment.allowed_hosts(debug=False) == ["localhost", "127.0.0.1", "[::1]"]


def test_sqlite_takes_the_write_lock_at_once_and_lives_in_the_home_folder(tmp_path: Path) -> None:
    settings = environment.database("", tmp_path)
    assert settings["NAME"] == tmp_path / "db.sqlite3"
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in settings["OPTIONS"]["init_command"]


def test_a_postgres_address_is_taken_apart(tmp_path: Path) -> None:
    settings = environment.database("postgres://me:p%40ss@db:5433/yard?sslmode=require", tmp_path)
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["USER"], settings["PASSWORD"]) == ("me", "p@ss")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db", "5433", "yard")
    assert settings["OPTIONS"] == {"sslmode": "require"}


def test_an_unknown_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="accepted: sqlite, postgres"):
        environment.database("mysql://db/yard", tmp_path)


def test_a_flag_that_is_neither_yes_nor_no_is_refused(monkeypatch) -> None:
    monkeypatch.setenv("TRAINYARD_HTTPS", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="TRAINYARD_HTTPS='perhaps'"):
        environment.flag("TRAINYARD_HTTPS")


def test_the_deployment_check_has_nothing_to_say_behind_https(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", TRAINYARD_HTTPS="1")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_no_migration_is_missing(tmp_path: Path) -> None:
    done = manage(
        tmp_path, "makemigrations", "--check", "--dry-run", "core", "accounts", "projects"
    )
    assert done.returncode == 0, done.stdout


def test_the_api_schema_is_complete_without_a_warning(tmp_path: Path) -> None:
    done = manage(tmp_path, "spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")
    assert done.returncode == 0, done.stderr


def test_static_files_are_few_hashed_and_compressed(tmp_path: Path) -> None:
    static = {"TRAINYARD_STATIC_ROOT": str(tmp_path / "static")}
    assert manage(tmp_path, "collectstatic", "--no-input", **static).returncode == 0
    paths = [path for path in (tmp_path / "static").rglob("*") if path.is_file()]
    names = {path.name for path in paths}
    assert any(name.startswith("plotly.min.") and name.endswith(".js.br") for name in names)
    shell = next(path for path in paths if path.match("js/shell.*.js"))
    assert './theme.js"' not in shell.read_text()
    assert sum(path.stat().st_size for path in paths) < 20_000_000
