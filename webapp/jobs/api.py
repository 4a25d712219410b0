"""REST: jobs and what can be asked of them, groups, artifacts, the queue, machines."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.jobs import selectors
from webapp.jobs import serializers as shapes
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services import control, creation
from webapp.jobs.services.deletion import job_delete
from webapp.jobs.serving import serving_ask
from webapp.projects.models import Project


class Jobs(APIView):
    """The jobs of a project."""

    @extend_schema(
        parameters=[shapes.JobsFilter],
        responses=shapes.JobOut(many=True),
        operation_id="jobs_list",
    )
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List them, newest first."""
        project = load_for(request.user, Project, project_id)
        chosen = _valid(shapes.JobsFilter, request.query_params)
        page = slice(chosen.pop("offset"), None)
        limit = chosen.pop("limit")
        jobs = selectors.jobs_of(project, **chosen)[page][:limit]
        return Response(shapes.JobOut(jobs, many=True).data)

    @extend_schema(request=shapes.JobIn, responses={201: shapes.JobDetailOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Make one; it starts when its inputs are there and slots are free (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = _valid(shapes.JobIn, request.data)
        job = creation.job_create(project=project, created_by=request.user, **data)
        return Response(shapes.JobDetailOut(job).data, status=status.HTTP_201_CREATED)


class Groups(APIView):
    """Several jobs made at once."""

    @extend_schema(request=shapes.GroupIn, responses={201: shapes.GroupOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Make a chain or another group; later steps may wait for earlier ones (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = _valid(shapes.GroupIn, request.data)
        group = creation.group_create(project=project, created_by=request.user, **data)
        body = shapes.GroupOut(selectors.group_with_jobs(group)).data
        return Response(body, status=status.HTTP_201_CREATED)


class JobDetail(APIView):
    """One job."""

    @extend_schema(responses=shapes.JobDetailOut)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Read it with its settings, inputs and results."""
        return _detail(load_for(request.user, Job, job_id))

    @extend_schema(request=shapes.JobChange, responses=shapes.JobDetailOut)
    def patch(self, request: Request, job_id: uuid.UUID) -> Response:
        """Another title or priority (editors)."""
        job = load_for(request.user, Job, job_id, Role.EDITOR)
        data = _valid(shapes.JobChange, request.data)
        if "title" in data:
            control.job_rename(job=job, title=data["title"])
        if "priority" in data:
            control.job_set_priority(job=job, priority=data["priority"])
        return _detail(job)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """Delete it with its folder when it has ended and nothing was made from it (editors)."""
        job_delete(job=load_for(request.user, Job, job_id, Role.EDITOR))
        return Response(status=status.HTTP_204_NO_CONTENT)


class JobAction(APIView):
    """Base of what can be asked of a job without further data."""

    service: ClassVar[Callable[..., Job]]

    @extend_schema(request=None, responses=shapes.JobDetailOut)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Ask it (editors); 409 with the reason when its state does not allow it."""
        job = load_for(request.user, Job, job_id, Role.EDITOR)
        type(self).service(job=job)
        return _detail(job)


class JobStop(JobAction):
    """Save and stop; cancels what has not started."""

    service = control.job_stop


class JobPause(JobAction):
    """Save and make room; resume goes on."""

    service = control.job_pause


class JobResume(JobAction):
    """Go on from the last checkpoint, or begin again where there is none."""

    service = control.job_resume


class JobCancel(JobAction):
    """Take it out of the queue."""

    service = control.job_cancel


class JobMove(APIView):
    """A job's place in the queue."""

    @extend_schema(request=shapes.MoveIn, responses=shapes.JobDetailOut)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Change places with the project's next waiting job in that direction (editors)."""
        job = load_for(request.user, Job, job_id, Role.EDITOR)
        data = _valid(shapes.MoveIn, request.data)
        return _detail(control.job_move(job=job, up=data["direction"] == "up"))


class JobClone(APIView):
    """A copy of a job."""

    @extend_schema(request=shapes.CloneIn, responses={201: shapes.JobDetailOut})
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Make a new job with the same settings but for the changes (editors)."""
        job = load_for(request.user, Job, job_id, Role.EDITOR)
        data = _valid(shapes.CloneIn, request.data)
        made = creation.job_clone(job=job, created_by=request.user, **data)
        return Response(shapes.JobDetailOut(made).data, status=status.HTTP_201_CREATED)


class JobComplete(APIView):
    """A question to a job that serves a model."""

    @extend_schema(request=shapes.CompleteIn, responses=shapes.CompleteOut)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Continue a prompt (editors); 409 when the job does not serve."""
        job = load_for(request.user, Job, job_id, Role.EDITOR)
        return Response(
            serving_ask(job=job, call="complete", **_valid(shapes.CompleteIn, request.data))
        )


class Artifacts(APIView):
    """The artifacts of a project."""

    @extend_schema(
        parameters=[shapes.ArtifactsFilter],
        responses=shapes.ArtifactOut(many=True),
        operation_id="artifacts_list",
    )
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List them, newest first."""
        project = load_for(request.user, Project, project_id)
        chosen = _valid(shapes.ArtifactsFilter, request.query_params)
        rows = selectors.artifacts_of(project, kind=chosen.get("kind", ""))
        page = rows[chosen["offset"] :][: chosen["limit"]]
        return Response(shapes.ArtifactOut(page, many=True).data)


class ArtifactDetail(APIView):
    """One artifact."""

    @extend_schema(responses=shapes.ArtifactOut)
    def get(self, request: Request, artifact_id: uuid.UUID) -> Response:
        """Read it."""
        return Response(shapes.ArtifactOut(load_for(request.user, Artifact, artifact_id)).data)


class Queue(APIView):
    """The queue over all projects of whoever asks."""

    @extend_schema(responses=shapes.QueueOut)
    def get(self, request: Request) -> Response:
        """Everything unfinished, in order; of other projects only how many there are."""
        jobs, num_hidden = selectors.queue_for(request.user)
        body = {"version": selectors.state_version(), "jobs": jobs, "num_hidden": num_hidden}
        return Response(shapes.QueueOut(body).data)


class Machines(APIView):
    """Where jobs run."""

    @extend_schema(responses=shapes.MachineOut(many=True), operation_id="machines_list")
    def get(self, request: Request) -> Response:
        """Slots, memory, disk, and when supervisor and queue were last heard."""
        return Response(shapes.MachineOut(selectors.machines(), many=True).data)


def _valid(shape: type[Any], data: Any) -> dict[str, Any]:
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _detail(job: Job) -> Response:
    return Response(shapes.JobDetailOut(job).data)
