"""The access loader: only what the user may see can be found."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from tests.webapp.factories import World, make_project
from webapp.core.access import load_for, visible_to
from webapp.core.roles import Role
from webapp.projects.models import Invite, Membership, Project


def test_a_member_finds_the_project_with_their_role(world: World) -> None:
    assert load_for(world.editor, Project, world.project.pk).access_role == Role.EDITOR


def test_a_stranger_and_nobody_find_nothing(world: World) -> None:
    for user in (world.stranger, AnonymousUser()):
        with pytest.raises(Http404):
            load_for(user, Project, world.project.pk)


def test_an_id_that_does_not_exist_looks_the_same_as_a_foreign_one(world: World) -> None:
    with pytest.raises(Http404) as unknown:
        load_for(world.owner, Project, uuid.uuid4())
    with pytest.raises(Http404) as foreign:
        load_for(world.stranger, Project, world.project.pk)
    assert str(unknown.value) == str(foreign.value)


@pytest.mark.parametrize(
    ("person", "needed", "is_allowed"),
    [
        ("viewer", Role.VIEWER, True),
        ("viewer", Role.EDITOR, False),
        ("editor", Role.EDITOR, True),
        ("editor", Role.OWNER, False),
        ("owner", Role.OWNER, True),
    ],
)
def test_a_role_covers_those_below_it(
    world: World, person: str, needed: Role, is_allowed: bool
) -> None:
    user = getattr(world, person)
    if is_allowed:
        assert load_for(user, Project, world.project.pk, needed) == world.project
    else:
        with pytest.raises(PermissionDenied, match=str(needed.label)):
            load_for(user, Project, world.project.pk, needed)


def test_a_superuser_is_a_stranger_where_not_a_member(world: World) -> None:
    world.stranger.is_superuser = True
    with pytest.raises(Http404):
        load_for(world.stranger, Project, world.project.pk)


def test_rows_of_a_project_are_reached_through_it(world: World) -> None:
    invite = world.invite[0]
    assert load_for(world.owner, Invite, invite.pk, Role.OWNER) == invite
    with pytest.raises(Http404):
        load_for(world.stranger, Invite, invite.pk)


def test_a_row_is_listed_once_and_only_for_members(world: World) -> None:
    make_project(world.owner, "Second")
    assert visible_to(world.owner, Project).count() == 2
    assert visible_to(world.viewer, Membership).count() == 3
    assert visible_to(world.stranger, Membership).count() == 1
