"""REST routes under /api/v1/ of the projects app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.projects import api

urlpatterns: list[URLPattern] = [
    path("projects/", api.Projects.as_view(), name="projects"),
    path("projects/<uuid:project_id>/", api.ProjectDetail.as_view(), name="project"),
    path("projects/<uuid:project_id>/members/", api.Members.as_view(), name="members"),
    path("projects/<uuid:project_id>/invites/", api.Invites.as_view(), name="invites"),
    path("members/<uuid:membership_id>/", api.MemberDetail.as_view(), name="member"),
    path("invites/<uuid:invite_id>/", api.InviteDetail.as_view(), name="invite"),
]
