"""Login, its pause after wrong tries, safe redirects, logout, cookies."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.webapp.factories import PASSWORD, World

UNSAFE_TARGETS = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example",
    "https:evil.example",
    "/\t/evil.example",
    "\x08//evil.example",
]


def log_in(client: Client, username: str = "owner", password: str = PASSWORD, **options: str):
    return client.post("/login/", {"username": username, "password": password}, **options)


def test_the_right_password_leads_home(world: World, client: Client) -> None:
    answer = log_in(client)
    assert answer.status_code == 302
    assert answer.url == "/"


def test_the_sixth_try_is_refused_even_with_the_right_password(
    world: World, client: Client
) -> None:
    for _ in range(5):
        assert log_in(client, password="wrong").status_code == 200
    answer = log_in(client)
    assert answer.status_code == 429
    assert "15 minutes" in answer.content.decode()


def test_the_pause_is_for_one_user_at_one_address(world: World, client: Client) -> None:
    for _ in range(6):
        log_in(client, password="wrong")
    assert log_in(client, REMOTE_ADDR="10.0.0.9").status_code == 302
    client.logout()
    assert log_in(client, username="editor").status_code == 302


def test_spelling_the_name_otherwise_does_not_give_more_tries(world: World, client: Client) -> None:
    for name in ("owner", "Owner", "OWNER", "oWner", "ownEr"):
        log_in(client, username=name, password="wrong")
    assert log_in(client).status_code == 429


def test_a_success_forgets_the_wrong_tries(world: World, client: Client) -> None:
    for _ in range(4):
        log_in(client, password="wrong")
    assert log_in(client).status_code == 302
    client.logout()
    for _ in range(4):
        assert log_in(client, password="wrong").status_code == 200
    assert log_in(client).status_code == 302


def test_an_unknown_name_is_answered_like_a_wrong_password(world: World, client: Client) -> None:
    known = log_in(client, password="wrong").content.decode()
    unknown = log_in(client, username="nobody", password="wrong").content.decode()
    assert "do not match" in known
    assert "do not match" in unknown


@pytest.mark.parametrize("target", UNSAFE_TARGETS)
def test_login_never_leads_to_another_site(target: str, world: World, client: Client) -> None:
    answer = client.post("/login/", {"username": "owner", "password": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert answer.url == "/"


@pytest.mark.parametrize("target", UNSAFE_TARGETS)
def test_the_theme_switch_never_leads_to_another_site(target: str, world: World, as_user) -> None:
    answer = as_user(world.owner).post("/profile/theme/", {"theme": "dark", "next": target})
    assert answer.url == "/"


def test_login_leads_back_to_the_page_that_asked_for_it(world: World, client: Client) -> None:
    answer = client.get("/profile/tokens/")
    assert answer.url == "/login/?next=/profile/tokens/"
    answer = client.post(answer.url, {"username": "owner", "password": PASSWORD})
    assert answer.url == "/profile/tokens/"


def test_logging_out_needs_a_post(world: World, as_user) -> None:
    client = as_user(world.owner)
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert client.get("/profile/").status_code == 302


def test_the_session_cookie_is_closed_to_scripts_and_foreign_posts(
    world: World, client: Client
) -> None:
    cookie = log_in(client).cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
