"""``POST /api/v1/uploads/<id>/finish/``: gigabytes are hashed in a thread of their own.

Django runs synchronous views one after the other in a single thread; hashing there would stop
every other page.
"""

from __future__ import annotations

import json
import uuid

from channels.db import DatabaseSyncToAsync
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from webapp.core.async_api import documented_by, row_for
from webapp.core.roles import Role
from webapp.corpora import services
from webapp.corpora.models import Upload
from webapp.corpora.serializers import FinishIn, UploadOut


class UploadFinish(APIView):
    """The schema of `finish`."""

    @extend_schema(operation_id="uploads_finish", request=FinishIn, responses=UploadOut)
    def post(self, request: HttpRequest, upload_id: uuid.UUID) -> None:
        """Hash everything, make the artifact, start reading it (editors)."""


@documented_by(UploadFinish, "POST")
async def finish(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponseBase:
    """409 while parts are missing; the same answer again when it is finished already."""
    upload = await row_for(request, Upload, upload_id, Role.EDITOR)
    starts_reading = _starts_reading(request)
    finished = DatabaseSyncToAsync(_finished, thread_sensitive=False)
    return JsonResponse(await finished(upload, starts_reading))


def _finished(upload: Upload, starts_reading: bool) -> dict[str, object]:
    services.upload_finish(upload=upload, starts_reading=starts_reading)
    return dict(UploadOut(upload).data)


def _starts_reading(request: HttpRequest) -> bool:
    try:
        data = FinishIn(data=json.loads(request.body or b"{}"))
    except (ValueError, RecursionError):
        data = FinishIn(data=None)
    data.is_valid(raise_exception=True)
    return bool(data.validated_data["starts_reading"])
