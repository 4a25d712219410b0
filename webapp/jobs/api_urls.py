"""REST routes under /api/v1/ of the jobs app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.jobs import api

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/jobs/", api.Jobs.as_view(), name="jobs"),
    path("projects/<uuid:project_id>/groups/", api.Groups.as_view(), name="groups"),
    path("projects/<uuid:project_id>/artifacts/", api.Artifacts.as_view(), name="artifacts"),
    path("jobs/<uuid:job_id>/", api.JobDetail.as_view(), name="job"),
    path("jobs/<uuid:job_id>/stop/", api.JobStop.as_view(), name="job-stop"),
    path("jobs/<uuid:job_id>/pause/", api.JobPause.as_view(), name="job-pause"),
    path("jobs/<uuid:job_id>/resume/", api.JobResume.as_view(), name="job-resume"),
    path("jobs/<uuid:job_id>/cancel/", api.JobCancel.as_view(), name="job-cancel"),
    path("jobs/<uuid:job_id>/move/", api.JobMove.as_view(), name="job-move"),
    path("jobs/<uuid:job_id>/clone/", api.JobClone.as_view(), name="job-clone"),
    path("jobs/<uuid:job_id>/complete/", api.JobComplete.as_view(), name="job-complete"),
    path("artifacts/<uuid:artifact_id>/", api.ArtifactDetail.as_view(), name="artifact"),
    path("queue/", api.Queue.as_view(), name="queue"),
    path("machines/", api.Machines.as_view(), name="machines"),
]
