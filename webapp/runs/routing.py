"""Websocket routes of the runs app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.runs.consumers import JobConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/jobs/<uuid:job_id>/", JobConsumer.as_asgi()),
]
