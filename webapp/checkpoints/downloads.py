"""The coroutines behind download addresses: files and tars of artifacts and checkpoints, logs."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import uuid
from pathlib import Path, PurePath

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.text import slugify
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from training.folder.artifact import MANIFEST, sha256_file
from webapp.checkpoints.segments import file_segment, tar_segments, total_bytes
from webapp.checkpoints.selectors import checkpoint_folder, files_of, stored_file
from webapp.checkpoints.sending import Download, download_response
from webapp.core.async_api import documented_by, row_for
from webapp.jobs.models import Artifact, Job

_BINARY = {(200, "application/octet-stream"): OpenApiTypes.BINARY}
_RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="bytes=0-1023")
_PLAIN = {".md": "text/markdown; charset=utf-8", ".jsonl": "application/jsonl"}


class ArtifactFile(APIView):
    """The schema of `artifact_file`."""

    @extend_schema(operation_id="artifacts_download", responses=_BINARY, parameters=[_RANGE])
    def get(self, request: HttpRequest, stored_id: uuid.UUID, name: str) -> None:
        """One file of an artifact, whole or a range; Repr-Digest holds its SHA-256."""


class ArtifactTar(APIView):
    """The schema of `artifact_tar`."""

    @extend_schema(operation_id="artifacts_download_tar", responses=_BINARY, parameters=[_RANGE])
    def get(self, request: HttpRequest, stored_id: uuid.UUID) -> None:
        """A whole artifact as a tar, whole or a range; the same bytes every time."""


class CheckpointFile(APIView):
    """The schema of `checkpoint_file`."""

    @extend_schema(operation_id="checkpoints_download", responses=_BINARY, parameters=[_RANGE])
    def get(self, request: HttpRequest, job_id: uuid.UUID, step: int, name: str) -> None:
        """One file of a checkpoint, whole or a range; Repr-Digest holds its SHA-256."""


class CheckpointTar(APIView):
    """The schema of `checkpoint_tar`."""

    @extend_schema(operation_id="checkpoints_download_tar", responses=_BINARY, parameters=[_RANGE])
    def get(self, request: HttpRequest, job_id: uuid.UUID, step: int) -> None:
        """A whole checkpoint as a tar, whole or a range; the same bytes every time."""


class JobLog(APIView):
    """The schema of `job_log`."""

    @extend_schema(operation_id="jobs_log", responses=_BINARY, parameters=[_RANGE])
    def get(self, request: HttpRequest, job_id: uuid.UUID) -> None:
        """The log of a job as it is now."""


@documented_by(ArtifactFile, "GET", "HEAD")
async def artifact_file(request: HttpRequest, stored_id: uuid.UUID, name: str) -> HttpResponseBase:
    """404 for names that the manifest does not list."""
    artifact = await row_for(request, Artifact, stored_id)
    return await asyncio.to_thread(_file, request, artifact.folder, name)


@documented_by(ArtifactTar, "GET", "HEAD")
async def artifact_tar(request: HttpRequest, stored_id: uuid.UUID) -> HttpResponseBase:
    """Named after the artifact."""
    artifact = await row_for(request, Artifact, stored_id)
    name = slugify(str(artifact)) or artifact.kind
    return await asyncio.to_thread(_tar, request, artifact.folder, name)


@documented_by(CheckpointFile, "GET", "HEAD")
async def checkpoint_file(
    request: HttpRequest, job_id: uuid.UUID, step: int, name: str
) -> HttpResponseBase:
    """404 for names that the manifest does not list."""
    job = await row_for(request, Job, job_id)
    return await asyncio.to_thread(_file, request, checkpoint_folder(job, step), name)


@documented_by(CheckpointTar, "GET", "HEAD")
async def checkpoint_tar(request: HttpRequest, job_id: uuid.UUID, step: int) -> HttpResponseBase:
    """Named after the run and the step."""
    job = await row_for(request, Job, job_id)
    name = f"{slugify(job.title) or 'run'}-step-{step}"
    return await asyncio.to_thread(_tar, request, checkpoint_folder(job, step), name)


@documented_by(JobLog, "GET", "HEAD")
async def job_log(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """It grows: the tag is its length. Before the first line it is empty."""
    job = await row_for(request, Job, job_id)
    path = job.folder.log
    segments = [file_segment(path)] if await asyncio.to_thread(path.is_file) else []
    tag = f"log-{total_bytes(segments)}"
    name = f"{slugify(job.title) or 'job'}-log.txt"
    download = Download(segments, name, tag, content_type="text/plain; charset=utf-8")
    return download_response(request, download)


def _file(request: HttpRequest, folder: Path, name: str) -> HttpResponseBase:
    file = stored_file(folder, name)
    download = Download(
        segments=[file_segment(folder / file.name)],
        filename=PurePath(file.name).name,
        tag=file.sha256,
        sha256=file.sha256,
        content_type=_type_of(file.name),
    )
    return download_response(request, download)


def _tar(request: HttpRequest, folder: Path, name: str) -> HttpResponseBase:
    files = {file.name: file.num_bytes for file in files_of(folder)}
    if not files:
        raise Http404
    manifest = folder / MANIFEST
    sizes = {**files, MANIFEST: manifest.stat().st_size}
    # The manifest holds the hash of every other file, so its own names the state of all.
    tag = hashlib.sha256(f"tar {name} {sha256_file(manifest)}".encode()).hexdigest()
    segments = tar_segments(folder, sizes, name)
    return download_response(
        request, Download(segments, f"{name}.tar", tag, content_type="application/x-tar")
    )


def _type_of(name: str) -> str:
    suffix = PurePath(name).suffix
    return _PLAIN.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
