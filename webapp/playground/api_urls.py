"""API routes of the playground: a session is a job, so the routes of jobs are enough."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
