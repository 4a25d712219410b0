"""REST routes under /api/v1/ of the accounts app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.accounts import api

urlpatterns: list[URLPattern] = [
    path("me/", api.Me.as_view(), name="me"),
    path("me/password/", api.Password.as_view(), name="password"),
    path("tokens/", api.Tokens.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>/", api.Token.as_view(), name="token"),
]
