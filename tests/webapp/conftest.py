"""Fixtures of the web tests: the world of people and one project, and clients for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from tests.webapp.factories import World
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
