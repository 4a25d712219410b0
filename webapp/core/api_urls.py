"""REST routes of the core app: the schema of the whole API."""

from __future__ import annotations

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularJSONAPIView

urlpatterns: list[URLPattern] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
]
