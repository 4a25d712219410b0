"""REST routes under /api/v1/ of the corpora app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.corpora import api
from webapp.corpora.classifiers.urls import API as CLASSIFIERS
from webapp.corpora.contamination.urls import API as CONTAMINATION
from webapp.corpora.edit_views import DocumentEdits
from webapp.corpora.finishing import finish
from webapp.corpora.folder_api import Folders
from webapp.corpora.rule_sets.urls import API as RULE_SETS
from webapp.corpora.uploading import receive
from webapp.corpora.versions.urls import API

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/uploads/", api.Uploads.as_view(), name="uploads"),
    path("projects/<uuid:project_id>/folders/", Folders.as_view(), name="folders"),
    path("uploads/<uuid:upload_id>/", api.UploadDetail.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/finish/", finish, name="upload-finish"),
    path("upload-files/<uuid:file_id>/", receive, name="upload-file"),
    *CLASSIFIERS,
    *RULE_SETS,
    *CONTAMINATION,
    path("documents/<uuid:documents_id>/edits/", DocumentEdits.as_view(), name="documents-edits"),
    *API,
]
