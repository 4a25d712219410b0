"""Invitation links: once, in time, with the role that was given."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.factories import PASSWORD, World, make_project
from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.core.roles import Role
from webapp.projects import invites, services
from webapp.projects.models import Invite

ACCOUNT = {"username": "grace", "password": PASSWORD}


def test_a_link_makes_an_account_with_its_role_and_logs_in(world: World, client: Client) -> None:
    _invite, secret = world.invite
    page = client.get(f"/join/{secret}/")
    assert world.project.name in page.content.decode()
    assert client.post(f"/join/{secret}/", ACCOUNT).status_code == 302
    grace = User.objects.get(username="grace")
    assert not grace.is_superuser
    assert world.project.memberships.get(user=grace).role == Role.EDITOR
    assert client.get(f"/projects/{world.project.pk}/").status_code == 200


def test_a_link_works_once(world: World, client: Client) -> None:
    secret = world.invite[1]
    client.post(f"/join/{secret}/", ACCOUNT)
    second = Client().post(f"/join/{secret}/", {**ACCOUNT, "username": "eve"})
    assert second.status_code == 404
    assert "over" in second.content.decode()
    assert not User.objects.filter(username="eve").exists()


def test_somebody_with_an_account_joins_with_it(world: World, as_user) -> None:
    client = as_user(world.stranger)
    assert client.post(f"/join/{world.invite[1]}/").status_code == 302
    assert client.get(f"/projects/{world.project.pk}/").status_code == 200


def test_a_member_does_not_use_up_a_link(world: World, as_user) -> None:
    answer = as_user(world.viewer).post(f"/join/{world.invite[1]}/")
    assert answer.status_code == 409
    assert invites.open_invite(world.invite[1]) is not None


def test_an_expired_or_revoked_link_is_over(world: World, client: Client, as_user) -> None:
    invite, secret = world.invite
    Invite.objects.filter(pk=invite.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(f"/join/{secret}/").status_code == 404
    with pytest.raises(ApplicationError, match="used up or expired"):
        invites.invite_accept_as_new(secret=secret, username="eve", password=PASSWORD)
    Invite.objects.filter(pk=invite.pk).update(expires_at=timezone.now() + timedelta(days=1))
    as_user(world.owner).post(f"/invites/{invite.pk}/revoke/")
    assert client.get(f"/join/{secret}/").status_code == 404


@pytest.mark.parametrize("how", ["removed", "an editor now", "a viewer now"])
def test_who_is_no_owner_any_more_cannot_come_back_by_an_invitation_of_his_own(
    world: World, how: str
) -> None:
    second = world.project.memberships.get(user=world.editor)
    services.member_change_role(membership=second, role=Role.OWNER)
    _, mine = invites.invite_create(project=world.project, creator=world.editor, role=Role.OWNER)
    elsewhere = make_project(world.editor, "Elsewhere too")
    kept = [
        world.invite[1],
        invites.invite_create(project=elsewhere, creator=world.editor, role=Role.OWNER)[1],
    ]
    if how == "removed":
        services.member_remove(membership=second)
    else:
        role = Role.EDITOR if how == "an editor now" else Role.VIEWER
        services.member_change_role(membership=second, role=role)
    assert invites.open_invite(mine) is None
    assert all(invites.open_invite(secret) for secret in kept)


def test_an_invitation_that_was_used_is_kept_when_its_maker_goes(world: World, as_user) -> None:
    second = world.project.memberships.get(user=world.editor)
    services.member_change_role(membership=second, role=Role.OWNER)
    invite, secret = invites.invite_create(
        project=world.project, creator=world.editor, role=Role.VIEWER
    )
    as_user(world.stranger).post(f"/join/{secret}/")
    services.member_remove(membership=second)
    assert Invite.objects.get(pk=invite.pk).used_by == world.stranger


def test_a_refused_account_leaves_the_link_usable(world: World, client: Client) -> None:
    secret = world.invite[1]
    taken = client.post(f"/join/{secret}/", {**ACCOUNT, "username": "owner"})
    assert "already exists" in taken.content.decode()
    weak = client.post(f"/join/{secret}/", {**ACCOUNT, "password": "short"})
    assert "too short" in weak.content.decode()
    assert client.post(f"/join/{secret}/", ACCOUNT).status_code == 302


def test_the_link_is_shown_once_and_stored_as_a_digest(world: World, as_user) -> None:
    client = as_user(world.owner)
    url = f"/projects/{world.project.pk}/settings/members/"
    form = {"invite-role": "viewer", "invite-num_days": "7", "invite-note": "Grace"}
    page = client.post(f"{url}invite/", form)
    link = page.context["invite_link"]
    assert link in page.content.decode()
    secret = link.rstrip("/").rsplit("/", 1)[-1]
    assert secret not in client.get(url).content.decode()
    assert secret not in Invite.objects.get().digest
    assert "Grace" in client.get(url).content.decode()


def test_an_invitation_through_the_api(world: World, as_user) -> None:
    client = as_user(world.owner)
    url = f"/api/v1/projects/{world.project.pk}/invites/"
    made = client.post(url, {"role": "viewer"}, "application/json")
    assert made.status_code == 201
    assert Client().get(made.json()["link"]).status_code == 200
    assert [row["id"] for row in client.get(url).json()] == [made.json()["id"]]
    assert client.delete(f"/api/v1/invites/{made.json()['id']}/").status_code == 204
    assert client.get(url).json() == []
