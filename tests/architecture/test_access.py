"""The access matrix: every route x every verb x owner, editor, viewer, stranger, anonymous.

By session and, for the API, by token too. Websockets are in `test_socket_access.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.architecture.access_table import (
    ACCESS,
    API_TWINS,
    OPEN_WITHOUT_LOGIN,
    Needs,
)
from tests.architecture.routes import Route, all_routes
from tests.webapp.conftest import *  # noqa: F403
from tests.webapp.factories import World
from webapp.accounts.services import api_token_create

VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
PEOPLE = ["anonymous", "stranger", "viewer", "editor", "owner"]
ROLE_NEEDS = {Needs.VIEWER: 0, Needs.EDITOR: 1, Needs.OWNER: 2}
RANK = {"viewer": 0, "editor": 1, "owner": 2}
REFUSED = {401, 403, 404, 405}
ROUTES = all_routes()
LISTED = [
    pytest.param(route, verb, id=f"{verb} {route.name}")
    for route in ROUTES
    for verb in ACCESS.get(route.name, {})
]


def expected(route: Route, needs: Needs, person: str) -> set[int] | str:
    """The refusals that are right for this person; "served" when there must be none."""
    if needs is Needs.NEVER:
        return {404}
    if needs is Needs.NOTHING:
        return "served"
    if person == "anonymous":
        return {401} if route.is_api else {302}
    if needs is Needs.LOGIN or (needs is Needs.SELF and person == "owner"):
        return "served"
    if needs is Needs.SELF or person == "stranger":
        return {404}
    return "served" if RANK[person] >= ROLE_NEEDS[needs] else {403}


def send(client: Client, verb: str, url: str, *, is_api: bool) -> Any:
    """A request with an empty body: it is judged by who sends it, not by what it holds."""
    content = {"data": "{}", "content_type": "application/json"} if is_api else {}
    return client.generic(verb, url, **({} if verb == "GET" else content))


def client_for(world: World, person: str, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    if person != "anonymous":
        client.force_login(getattr(world, person))
    return client


def script_of(world: World, person: str) -> Client:
    """As a script is: a token and no session; for nobody a token that was never given out."""
    text = "ty_" + "0" * 64
    if person != "anonymous":
        text = api_token_create(user=getattr(world, person), name="matrix", num_days=None)[1]
    return Client(raise_request_exception=False, headers={"authorization": f"Bearer {text}"})


def judge_all(
    client_of: Callable[[World, str], Client], route: Route, verb: str, world: World
) -> None:
    """Every person's request, and the answers that are not what the table says.

    Those who may least come first, and the rows are put back after each.
    """
    wrong = {}
    for person in PEOPLE:
        cache.clear()
        url = route.url(world)
        with transaction.atomic():
            answer = send(client_of(world, person), verb, url, is_api=route.is_api)
            transaction.set_rollback(True)
        if not is_right(answer, expected(route, ACCESS[route.name][verb], person), route):
            wrong[person] = f"{answer.status_code} {answer.headers.get('location', '')}"
    assert wrong == {}


def is_right(answer: Any, wanted: set[int] | str, route: Route) -> bool:
    """Whether the answer is what the table says."""
    if wanted == "served":
        is_served = answer.status_code not in REFUSED and answer.status_code < 500
        to_login = answer.status_code == 302 and "/login/" in answer.url
        return is_served and (not to_login or route.name == "accounts:logout")
    is_redirect = answer.status_code == 302
    return answer.status_code in wanted and (
        not is_redirect or answer.url.startswith("/login/?next=")
    )


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.label != "sessions.Session"
    }


def test_every_route_is_in_the_table_and_every_row_is_a_route() -> None:
    assert {route.name for route in ROUTES} == set(ACCESS)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_verb_that_is_not_in_the_table_is_refused(route: Route, world: World) -> None:
    verbs = ACCESS.get(route.name, {})
    person = "anonymous" if Needs.NOTHING in verbs.values() else "owner"
    url, client = route.url(world), client_for(world, person)
    others = [verb for verb in VERBS if verb not in verbs]
    answers = {verb: send(client, verb, url, is_api=route.is_api).status_code for verb in others}
    assert set(answers.values()) <= {405, 404}, answers


@pytest.mark.parametrize(("route", "verb"), LISTED)
def test_each_person_gets_what_the_table_says(route: Route, verb: str, world: World) -> None:
    judge_all(client_for, route, verb, world)


@pytest.mark.parametrize(("route", "verb"), [item for item in LISTED if item.values[0].is_api])
def test_a_token_opens_what_its_user_may_do_and_nothing_else(
    route: Route, verb: str, world: World
) -> None:
    judge_all(script_of, route, verb, world)


@pytest.mark.parametrize(("route", "verb"), [item for item in LISTED if "GET" in item.values])
def test_reading_changes_no_row(route: Route, verb: str, world: World) -> None:
    url, client = route.url(world), client_for(world, "owner")
    before = all_rows()
    client.get(url)
    assert all_rows() == before


@pytest.mark.parametrize(("route", "verb"), [item for item in LISTED if item.values[1] in UNSAFE])
def test_an_unsafe_request_of_a_session_without_a_csrf_token_changes_nothing(
    route: Route, verb: str, world: World
) -> None:
    url, client = route.url(world), client_for(world, "owner", enforce_csrf_checks=True)
    before = all_rows()
    with transaction.atomic():
        answer = send(client, verb, url, is_api=route.is_api)
    assert answer.status_code == 403
    assert all_rows() == before


def test_what_is_open_without_login_is_exactly_the_list(world: World) -> None:
    client = client_for(world, "anonymous")
    found = {route.name for route in ROUTES if client.get(route.url(world)).status_code == 200}
    assert found == OPEN_WITHOUT_LOGIN


def test_every_unsafe_action_of_a_page_has_its_api_route() -> None:
    actions = {
        (name, verb)
        for name, verbs in ACCESS.items()
        for verb in verbs
        if verb in UNSAFE and not name.startswith("api:")
    }
    assert actions == set(API_TWINS)
    for action, twin in API_TWINS.items():
        if isinstance(twin, tuple):
            name, verb = twin
            assert name.startswith("api:")
            assert ACCESS[name][verb] is ACCESS[action[0]][action[1]], action


def test_refusals_of_the_api_have_the_one_error_body(world: World) -> None:
    url = f"/api/v1/projects/{world.project.pk}/"
    for person, verb in [("anonymous", "GET"), ("stranger", "GET"), ("viewer", "DELETE")]:
        body = send(client_for(world, person), verb, url, is_api=True).json()
        assert set(body) == {"message", "extra"}
        assert body["message"]
    assert set(client_for(world, "owner").get("/api/v1/nothing/").json()) == {"message", "extra"}
