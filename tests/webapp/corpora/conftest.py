"""The client of an editor."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.webapp.factories import World


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.editor)
    return client
