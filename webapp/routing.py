"""Websocket routes. A consumer authorises before it accepts."""

from __future__ import annotations

from webapp.runs.routing import websocket_urlpatterns as websocket_urlpatterns
