"""Profile, password, theme, language and API tokens, on pages and through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.factories import PASSWORD, World
from webapp.accounts.models import ApiToken
from webapp.accounts.services import api_token_create

NEW_PASSWORD = "quite another long one"


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def test_the_profile_is_saved(world: World, as_user) -> None:
    form = {"display_name": "Ada L.", "theme": "dark", "language": ""}
    client = as_user(world.owner)
    assert client.post("/profile/", form).status_code == 302
    page = client.get("/profile/").content.decode()
    assert 'data-theme="dark"' in page
    assert "Ada L." in page


def test_a_theme_that_does_not_exist_is_refused(world: World, as_user) -> None:
    script = {"X-Requested-With": "fetch"}
    client = as_user(world.owner)
    assert client.post("/profile/theme/", {"theme": "pink"}, headers=script).status_code == 400
    assert client.post("/profile/theme/", {"theme": "dark"}, headers=script).status_code == 204
    world.owner.refresh_from_db()
    assert world.owner.theme == "dark"


@pytest.mark.usefixtures("chinese")
def test_the_language_of_the_profile_wins_over_the_browsers(world: World, as_user) -> None:
    world.owner.language = "zh-hans"
    world.owner.save()
    page = as_user(world.owner).get("/profile/", headers={"accept-language": "en"})
    assert 'lang="zh-hans"' in page.content.decode()
    assert 'value="zh-hans"' in page.content.decode()


@pytest.mark.parametrize("chosen", ["", "zh-hans"])
def test_a_language_without_a_catalogue_is_not_offered_and_no_page_claims_it(
    world: World, as_user, chosen: str
) -> None:
    world.owner.language = chosen
    world.owner.save()
    client = as_user(world.owner)
    answer = client.get("/profile/", headers={"accept-language": "zh-Hans,zh;q=0.9"})
    assert 'lang="en"' in answer.content.decode()
    assert answer.headers["Content-Language"] == "en"
    assert 'value="zh-hans"' not in answer.content.decode()
    form = {"display_name": "Ada", "theme": "dark", "language": "zh-hans"}
    assert client.post("/profile/", form).status_code == 200
    assert client.patch("/api/v1/me/", form, "application/json").status_code == 400


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(
    world: World, as_user
) -> None:
    here, elsewhere = as_user(world.owner), as_user(world.owner)
    wrong = {"old_password": "wrong", "new_password": NEW_PASSWORD}
    assert "not your password" in here.post("/profile/password/", wrong).content.decode()
    right = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert here.post("/profile/password/", right).status_code == 302
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302


def test_a_token_is_shown_once_and_stored_as_a_digest(world: World, as_user) -> None:
    client = as_user(world.owner)
    page = client.post("/profile/tokens/", {"name": "export", "num_days": "30"})
    text = page.context["new_text"]
    assert text.startswith("ty_")
    assert text in page.content.decode()
    assert text not in client.get("/profile/tokens/").content.decode()
    stored = ApiToken.objects.get()
    assert text not in stored.digest
    assert stored.expiry is not None


def test_a_token_opens_the_api_and_its_use_is_remembered(world: World, client: Client) -> None:
    token, text = api_token_create(user=world.owner, name="x", num_days=None)
    answer = client.get("/api/v1/me/", headers=bearer(text))
    assert answer.json()["username"] == "owner"
    token.refresh_from_db()
    assert token.last_used is not None


def test_a_token_needs_no_csrf_token_to_write(world: World) -> None:
    _token, text = api_token_create(user=world.owner, name="x", num_days=None)
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        "/api/v1/projects/", {"name": "made"}, "application/json", headers=bearer(text)
    )
    assert answer.status_code == 201


def test_an_expired_or_revoked_token_opens_nothing(world: World, client: Client, as_user) -> None:
    token, text = api_token_create(user=world.owner, name="x", num_days=1)
    as_user(world.owner).post(f"/profile/tokens/{token.public_id}/revoke/")
    assert client.get("/api/v1/me/", headers=bearer(text)).status_code == 401
    old, text = api_token_create(user=world.owner, name="y", num_days=1)
    ApiToken.objects.filter(pk=old.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/v1/me/", headers=bearer(text)).status_code == 401


def test_a_user_that_is_switched_off_is_out(world: World, client: Client) -> None:
    _token, text = api_token_create(user=world.owner, name="x", num_days=None)
    world.owner.is_active = False
    world.owner.save()
    assert client.get("/api/v1/me/", headers=bearer(text)).status_code == 401


def test_the_api_changes_only_what_a_profile_may_change(world: World, as_user) -> None:
    body = {"display_name": "New", "is_superuser": True, "username": "root", "is_staff": True}
    answer = as_user(world.viewer).patch("/api/v1/me/", body, "application/json")
    assert answer.json()["display_name"] == "New"
    world.viewer.refresh_from_db()
    assert world.viewer.username == "viewer"
    assert not world.viewer.is_superuser
    assert not world.viewer.is_staff


def test_tokens_through_the_api(world: World, as_user) -> None:
    client = as_user(world.owner)
    made = client.post("/api/v1/tokens/", {"name": "ci"}, "application/json")
    assert made.status_code == 201
    assert made.json()["token"].startswith("ty_")
    listed = client.get("/api/v1/tokens/").json()
    assert [row["name"] for row in listed] == ["ci"]
    assert "token" not in listed[0]
    assert client.delete(f"/api/v1/tokens/{made.json()['id']}/").status_code == 204
    assert client.get("/api/v1/tokens/").json() == []
