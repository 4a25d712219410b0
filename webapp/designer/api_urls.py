"""REST routes of the designer app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.designer import api

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/design/", api.DescribeDesign.as_view(), name="design"),
]
