"""HTML routes of the accounts app."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from webapp.accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.password, name="password"),
    path("profile/theme/", views.theme, name="theme"),
    path("profile/tokens/", views.tokens, name="tokens"),
    path("profile/tokens/<uuid:token_id>/revoke/", views.token_revoke, name="token-revoke"),
]
