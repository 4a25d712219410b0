"""Fixtures of the web tests: the world of people and one project, and clients for them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from tests.webapp.factories import World
from training.helper.watched import WatchedWorker
from training.linesocket import LineServer
from webapp.accounts.models import User


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Login tries are counted in the cache; no test sees another's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    """One project with an owner, an editor and a viewer, and a stranger."""
    return World.make()


@pytest.fixture
def as_user() -> object:
    """A client logged in as somebody."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def chinese(settings: Any, tmp_path: Path) -> None:
    """Pages are offered in Chinese: there is a catalogue, though an empty one."""
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(struct.pack("<7I", 0x950412DE, 0, 0, 28, 28, 0, 28))
    settings.LOCALE_PATHS = [tmp_path]


@pytest.fixture(scope="module")
def worker() -> Iterator[WatchedWorker]:
    """A child as the helper has one, that has loaded everything before anybody asks."""
    made = WatchedWorker(patience_seconds=300.0)
    made.warm_up()
    yield made
    made.close()


@pytest.fixture
def helper(worker: WatchedWorker) -> Iterator[None]:
    """The helper's socket in this test's home."""
    server = LineServer(settings.TRAINYARD_HOME / "helper.sock", worker.answer)
    yield
    server.close()
