"""Websocket routes. A consumer authorises before it accepts."""

from __future__ import annotations

from webapp.playground.routing import websocket_urlpatterns as playground
from webapp.runs.routing import websocket_urlpatterns as runs

websocket_urlpatterns = [*runs, *playground]
