"""HTML routes of the corpora app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.corpora import edit_views, folder_views, views
from webapp.corpora.classifiers.urls import PAGES as CLASSIFIERS
from webapp.corpora.contamination.urls import PAGES as CONTAMINATION
from webapp.corpora.rule_sets.urls import PAGES as RULE_SETS
from webapp.corpora.versions.urls import PAGES

app_name = "corpora"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/corpora/", views.document_list, name="list"),
    path("projects/<uuid:project_id>/corpora/upload/", views.upload, name="upload"),
    path(
        "projects/<uuid:project_id>/corpora/folders/",
        folder_views.server_folder,
        name="server-folder",
    ),
    path("uploads/<uuid:upload_id>/", views.upload_files, name="upload-files"),
    path("uploads/<uuid:upload_id>/delete/", views.upload_delete, name="upload-delete"),
    path("documents/<uuid:documents_id>/", views.documents, name="documents"),
    path("documents/<uuid:documents_id>/edits/", edit_views.document_edits, name="edits"),
    path("jobs/<uuid:job_id>/forget/", views.job_forget, name="job-forget"),
    *CONTAMINATION,
    *CLASSIFIERS,
    *RULE_SETS,
    *PAGES,
]
