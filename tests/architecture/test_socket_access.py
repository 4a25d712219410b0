"""The access matrix of websockets: every route x owner, editor, viewer, stranger, anonymous."""

from __future__ import annotations

import re
import uuid

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import URLPattern

from tests.architecture.access_table import SOCKETS, Needs
from tests.architecture.test_access import PEOPLE, RANK, ROLE_NEEDS, client_for
from tests.webapp.conftest import *  # noqa: F403
from tests.webapp.factories import KWARGS, World
from tests.webapp.runs.in_process import Socket
from webapp.routing import websocket_urlpatterns

# Channels closes connections between messages, which a test inside a transaction would not survive.
pytestmark = pytest.mark.django_db(transaction=True)
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def address(route: URLPattern) -> str:
    return str(route.pattern)


ROUTES = [pytest.param(route, id=address(route)) for route in websocket_urlpatterns]


def path_of(route: URLPattern, world: World) -> str:
    """To an object that the world's members may see."""
    return "/" + ARGUMENT.sub(lambda found: str(KWARGS[found[1]](world)), address(route))


def path_to_nothing(route: URLPattern) -> str:
    return "/" + ARGUMENT.sub(str(uuid.uuid4()), address(route))


def opened(client: Client, path: str) -> tuple[bool, int | None]:
    """Whether the real application lets this browser in, and the code that it closes with."""

    @async_to_sync
    async def attempt() -> tuple[bool, int | None]:
        socket = Socket(path, client.cookies)
        is_in = await socket.open()
        await socket.leave()
        return is_in, socket.code

    return attempt()


def test_every_websocket_is_in_the_table_and_every_row_is_a_websocket() -> None:
    assert {address(route) for route in websocket_urlpatterns} == set(SOCKETS)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_is_let_in_or_refused_as_for_what_does_not_exist(
    route: URLPattern, person: str, world: World
) -> None:
    needs = SOCKETS[address(route)]
    may = needs is Needs.NOTHING or RANK.get(person, -1) >= ROLE_NEEDS[needs]
    answer = opened(client_for(world, person), path_of(route, world))
    to_nothing = opened(client_for(world, "owner"), path_to_nothing(route))
    assert to_nothing == (False, 1000)
    assert answer == ((True, None) if may else to_nothing)


@pytest.mark.parametrize("route", ROUTES)
def test_a_session_from_before_a_new_password_lets_nobody_in(
    route: URLPattern, world: World
) -> None:
    client = client_for(world, "owner")
    world.owner.set_password("another horse battery")
    world.owner.save()
    assert opened(client, path_of(route, world)) == (False, 1000)
