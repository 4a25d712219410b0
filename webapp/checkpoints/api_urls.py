"""REST routes under /api/v1/ of the checkpoints app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.checkpoints import api, downloads

_STEP = "jobs/<uuid:job_id>/checkpoints/<int:step>/"
_STORED = "artifacts/<uuid:stored_id>/"
urlpatterns: list[URLPattern] = [
    path("jobs/<uuid:job_id>/checkpoints/", api.Checkpoints.as_view(), name="checkpoints"),
    path(_STEP + "verify/", api.CheckpointVerify.as_view(), name="checkpoint-verify"),
    path(_STEP + "tar/", downloads.checkpoint_tar, name="checkpoint-tar"),
    path(_STEP + "files/<path:name>", downloads.checkpoint_file, name="checkpoint-file"),
    path("jobs/<uuid:job_id>/log/", downloads.job_log, name="job-log"),
    path("artifacts/<uuid:artifact_id>/files/", api.ArtifactFiles.as_view(), name="stored-files"),
    path(_STORED + "tar/", downloads.artifact_tar, name="stored-tar"),
    path(_STORED + "files/<path:name>", downloads.artifact_file, name="stored-file"),
]
