"""HTML routes of the tokenizers app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.tokenizers import views

app_name = "tokenizers"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/tokenizers/", views.result_list, name="list"),
    path("tokenizers/<uuid:result_id>/", views.detail, name="detail"),
]
