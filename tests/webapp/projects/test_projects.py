"""Projects and members: made, renamed, left, deleted; always with an owner."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.webapp.factories import World, add_member, make_job, make_project, make_user
from webapp.core.errors import ApplicationError
from webapp.core.roles import Role
from webapp.projects import selectors, services
from webapp.projects.models import Membership, Project


def test_whoever_makes_a_project_owns_it(world: World, as_user) -> None:
    answer = as_user(world.viewer).post("/projects/new/", {"name": " Mine "})
    project = Project.objects.get(name="Mine")
    assert answer.url == f"/projects/{project.pk}/"
    assert project.memberships.get().role == Role.OWNER


def test_a_project_without_a_name_keeps_the_form(world: World, as_user) -> None:
    answer = as_user(world.owner).post("/projects/new/", {"name": "  "})
    assert "This field is required" in answer.content.decode()


def test_home_is_the_project_used_last(world: World, as_user) -> None:
    other = make_project(world.owner, "Another")
    client = as_user(world.owner)
    client.get(f"/projects/{other.pk}/")
    assert client.get("/").url == f"/projects/{other.pk}/"
    client.get(f"/projects/{world.project.pk}/")
    assert client.get("/").url == f"/projects/{world.project.pk}/"


def test_home_without_a_project_is_the_list(db: None, as_user) -> None:
    assert as_user(make_user("new")).get("/").url == "/projects/"


def test_a_remembered_project_one_has_left_is_forgotten(world: World, as_user) -> None:
    client = as_user(world.viewer)
    client.get(f"/projects/{world.project.pk}/")
    world.project.memberships.filter(user=world.viewer).delete()
    assert client.get("/").url == "/projects/"


def test_the_last_owner_can_neither_leave_nor_step_down(world: World) -> None:
    only = world.project.memberships.get(user=world.owner)
    with pytest.raises(ApplicationError, match="only owner"):
        services.member_remove(membership=only)
    with pytest.raises(ApplicationError, match="only owner"):
        services.member_change_role(membership=only, role=Role.EDITOR)
    second = world.project.memberships.get(user=world.editor)
    services.member_change_role(membership=second, role=Role.OWNER)
    services.member_remove(membership=only)
    assert list(world.project.members.all()) != []


def test_anybody_may_leave_but_only_owners_remove_others(world: World, as_user) -> None:
    mine = world.project.memberships.get(user=world.viewer)
    theirs = world.project.memberships.get(user=world.editor)
    assert as_user(world.viewer).post(f"/members/{theirs.pk}/remove/").status_code == 403
    assert as_user(world.viewer).post(f"/members/{mine.pk}/remove/").url == "/projects/"
    assert not Membership.objects.filter(pk=mine.pk).exists()


def test_adding_somebody_unknown_or_twice_is_said_beside_the_field(world: World, as_user) -> None:
    url = f"/projects/{world.project.pk}/settings/members/"
    client = as_user(world.owner)
    unknown = client.post(url, {"member-username": "ghost", "member-role": "viewer"})
    assert "There is no account named “ghost”" in unknown.content.decode()
    twice = client.post(url, {"member-username": "viewer", "member-role": "owner"})
    assert "is a member already" in twice.content.decode()
    assert world.project.memberships.get(user=world.viewer).role == Role.VIEWER


def test_a_project_is_deleted_only_when_its_name_is_typed(world: World, as_user) -> None:
    url = f"/projects/{world.project.pk}/settings/delete/"
    client = as_user(world.owner)
    assert "not the project&#x27;s name" in client.post(url, {"confirm": "x"}).content.decode()
    assert client.post(url, {"confirm": world.project.name}).url == "/projects/"
    assert not Project.objects.filter(pk=world.project.pk).exists()


def test_a_project_with_content_is_not_deleted(world: World, monkeypatch) -> None:
    monkeypatch.setattr(services, "contents_of", lambda _project: {"runs": 2})
    with pytest.raises(ApplicationError, match="still holds 2 runs") as refused:
        services.project_delete(project=world.project)
    assert refused.value.status_code == 409


@pytest.mark.parametrize(
    ("num_jobs", "listed"), [(1, "still holds 1 job. "), (2, "still holds 2 jobs. ")]
)
def test_what_a_project_still_holds_is_counted_in_words(
    num_jobs: int, listed: str, world: World
) -> None:
    for _ in range(num_jobs):
        make_job(world.project)
    with pytest.raises(ApplicationError, match=listed):
        services.project_delete(project=world.project)


def test_members_and_invitations_are_no_content(world: World) -> None:
    assert world.invite
    assert selectors.contents_of(world.project) == {}


@pytest.mark.parametrize("num_projects", [1, 12])
def test_the_list_costs_the_same_for_any_number_of_projects(
    num_projects: int, world: World, as_user, django_assert_num_queries
) -> None:
    for number in range(num_projects):
        add_member(make_project(world.stranger, f"P{number}"), world.owner, Role.VIEWER)
    client = as_user(world.owner)
    with django_assert_num_queries(4):
        client.get("/projects/")


@pytest.mark.parametrize("num_members", [1, 12])
def test_the_members_page_costs_the_same_for_any_number(
    num_members: int, world: World, as_user, django_assert_num_queries
) -> None:
    for number in range(num_members):
        add_member(world.project, make_user(f"u{number}"), Role.VIEWER)
    client = as_user(world.owner)
    with django_assert_num_queries(6):
        client.get(f"/projects/{world.project.pk}/settings/members/")


def test_the_list_counts_all_members_and_shows_ones_own_role(world: World) -> None:
    project = selectors.projects_of(world.viewer).get()
    assert project.num_members == 3
    assert project.role_label == "Viewer"


def test_a_name_with_markup_is_shown_as_text(world: World, as_user) -> None:
    services.project_rename(project=world.project, name="<script>alert(1)</script>")
    page = as_user(world.owner).get("/projects/").content.decode()
    assert "<script>alert" not in page


def test_projects_through_the_api(world: World, as_user) -> None:
    client: Client = as_user(world.owner)
    made = client.post("/api/v1/projects/", {"name": "API"}, "application/json")
    assert made.status_code == 201
    assert made.json()["role"] == "owner"
    url = f"/api/v1/projects/{made.json()['id']}/"
    assert client.patch(url, {"name": "Renamed"}, "application/json").json()["name"] == "Renamed"
    empty = client.patch(url, {"name": ""}, "application/json")
    assert empty.status_code == 400
    assert "name" in empty.json()["extra"]["fields"]
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404


def test_members_through_the_api(world: World, as_user) -> None:
    client: Client = as_user(world.owner)
    url = f"/api/v1/projects/{world.project.pk}/members/"
    make_user("fifth")
    made = client.post(url, {"username": "fifth", "role": "viewer"}, "application/json")
    assert made.status_code == 201
    member = f"/api/v1/members/{made.json()['id']}/"
    assert client.patch(member, {"role": "editor"}, "application/json").json()["role"] == "editor"
    assert client.patch(member, {"role": "king"}, "application/json").status_code == 400
    assert len(client.get(url).json()) == 4
    assert client.delete(member).status_code == 204
