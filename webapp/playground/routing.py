"""Websocket routes of the playground."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.playground.consumers import PlaygroundConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/playground/<uuid:job_id>/", PlaygroundConsumer.as_asgi()),
]
