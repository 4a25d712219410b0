"""REST routes of the tokenizers app: none, its rows are read as any artifact's."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
