"""The first start: one link, one account, then never again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from tests.webapp.factories import PASSWORD
from webapp.accounts.models import SetupToken, User
from webapp.accounts.services import setup_token_create
from webapp.core.errors import ApplicationError
from webapp.projects.models import Project
from webapp.projects.onboarding import admin_from_environment, first_account_create, setup_link

pytestmark = pytest.mark.django_db


def send(client: Client, token: str, username: str = "ada", password: str = PASSWORD):
    return client.post("/setup/", {"token": token, "username": username, "password": password})


@pytest.mark.parametrize("path", ["/", "/projects/", "/login/", "/profile/", "/api/v1/docs/"])
def test_every_page_leads_to_the_setup_page(path: str, client: Client) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.url == "/setup/"


def test_health_and_the_api_answer_before_there_is_an_account(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/projects/").status_code == 401


def test_the_link_makes_a_superuser_with_a_project_and_logs_in(client: Client) -> None:
    token = setup_token_create() or ""
    page = client.get(f"/setup/?token={token}")
    assert token in page.content.decode()
    assert send(client, token).status_code == 302
    user = User.objects.get()
    assert user.is_superuser
    assert Project.objects.get().memberships.get().user == user
    assert client.get("/", follow=True).status_code == 200


def test_after_the_first_account_the_page_is_gone(client: Client) -> None:
    token = setup_token_create() or ""
    send(client, token)
    assert SetupToken.objects.count() == 0
    assert client.get(f"/setup/?token={token}").status_code == 404
    assert send(client, token, "eve").status_code == 404
    assert setup_token_create() is None
    assert setup_link("http://x") is None
    assert User.objects.count() == 1


@pytest.mark.parametrize("token", ["", "wrong"])
def test_without_the_right_token_there_is_no_account(token: str, client: Client) -> None:
    setup_token_create()
    page = client.get(f"/setup/?token={token}")
    assert "password" not in page.content.decode().lower()
    assert send(client, token).status_code == 200
    assert not User.objects.exists()


def test_a_newer_link_replaces_the_older_one() -> None:
    old, new = setup_token_create(), setup_token_create()
    with pytest.raises(ApplicationError, match="not valid"):
        first_account_create(token=old or "", username="ada", password=PASSWORD)
    assert first_account_create(token=new or "", username="ada", password=PASSWORD)


def test_only_the_digest_of_the_token_is_stored() -> None:
    token = setup_token_create() or ""
    assert token not in SetupToken.objects.get().digest


def test_a_weak_password_is_refused_beside_its_field_and_the_token_stays(client: Client) -> None:
    token = setup_token_create() or ""
    answer = send(client, token, password="password")
    assert "too short" in answer.content.decode()
    assert not User.objects.exists()
    assert send(client, token).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_only_one_becomes_the_first(tmp_path: Path) -> None:
    token = setup_token_create() or ""
    outcomes: list[str] = []

    def claim(username: str) -> None:
        try:
            first_account_create(token=token, username=username, password=PASSWORD)
            outcomes.append("made")
        except ApplicationError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(name,)) for name in ("ada", "eve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused"]
    assert User.objects.count() == 1


def test_a_container_makes_the_account_from_its_environment(tmp_path: Path, monkeypatch) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("TRAINYARD_ADMIN_USER", "root")
    monkeypatch.setenv("TRAINYARD_ADMIN_PASSWORD_FILE", str(secret))
    user = admin_from_environment()
    assert user is not None
    assert user.check_password(PASSWORD)
    assert admin_from_environment() is None
