"""HTML routes of the projects app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.projects.views import entry, members, projects

app_name = "projects"
urlpatterns: list[URLPattern] = [
    path("", projects.home, name="home"),
    path("setup/", entry.setup, name="setup"),
    path("join/<str:secret>/", entry.invite_accept, name="invite-accept"),
    path("projects/", projects.project_list, name="list"),
    path("projects/new/", projects.project_new, name="new"),
    path("projects/<uuid:project_id>/", projects.overview, name="overview"),
    path("projects/<uuid:project_id>/settings/", projects.settings, name="settings"),
    path("projects/<uuid:project_id>/settings/delete/", projects.delete, name="delete"),
    path("projects/<uuid:project_id>/settings/members/", members.members, name="members"),
    path(
        "projects/<uuid:project_id>/settings/members/invite/",
        members.invite_create,
        name="invite-create",
    ),
    path("members/<uuid:membership_id>/role/", members.member_role, name="member-role"),
    path("members/<uuid:membership_id>/remove/", members.member_remove, name="member-remove"),
    path("invites/<uuid:invite_id>/revoke/", members.invite_revoke, name="invite-revoke"),
]
