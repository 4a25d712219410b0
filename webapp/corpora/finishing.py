"""``POST /api/v1/uploads/<id>/finish/``: gigabytes are hashed in threads kept for that.

On the event loop it would stop everything; in the loop's own pool of threads a few finishes would
stop what live pages and downloads read there. A third finish waits for one of the two threads.
"""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async
from channels.db import DatabaseSyncToAsync
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from webapp.core.async_api import documented_by, row_for
from webapp.core.roles import Role
from webapp.corpora import services
from webapp.corpora.digests import digests_of
from webapp.corpora.examples import holds_examples, holds_model, holds_tokenizer
from webapp.corpora.locking import BusyError
from webapp.corpora.models import Upload
from webapp.corpora.serializers import FinishedOut, FinishIn, UploadOut

_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="finish-upload")


class UploadFinish(APIView):
    """The schema of `finish`."""

    @extend_schema(operation_id="uploads_finish", request=FinishIn, responses=FinishedOut)
    def post(self, request: HttpRequest, upload_id: uuid.UUID) -> None:
        """Hash everything, make the artifact, start reading its texts, if any (editors)."""


@documented_by(UploadFinish, "POST")
async def finish(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponseBase:
    """409 while parts are missing or another call is at it; the same answer again when finished.

    422 when a file is not what was announced.
    """
    upload = await row_for(request, Upload, upload_id, Role.EDITOR)
    starts_reading = _starts_reading(request)
    if upload.artifact_id is None:
        # What is missing is said at once, without waiting for a thread.
        await sync_to_async(services.files_arrived)(upload=upload)
    finished = DatabaseSyncToAsync(_finished, thread_sensitive=False, executor=_THREADS)
    try:
        return JsonResponse(await finished(upload, starts_reading))
    except BusyError as busy:
        return busy.response()


def _finished(upload: Upload, starts_reading: bool) -> dict[str, object]:
    services.upload_finish(upload=upload, starts_reading=starts_reading)
    told = dict(UploadOut(upload).data)
    digests = {str(pk): sha256 for pk, sha256 in digests_of(upload).items()}
    files = [{**file, "sha256": digests.get(file["id"], "")} for file in told["files"]]
    found = {
        "holds_examples": holds_examples(upload),
        "holds_model": holds_model(upload),
        "holds_tokenizer": holds_tokenizer(upload),
    }
    return told | found | {"files": files}


def _starts_reading(request: HttpRequest) -> bool:
    try:
        data = FinishIn(data=json.loads(request.body or b"{}"))
    except (ValueError, RecursionError):
        data = FinishIn(data=None)
    data.is_valid(raise_exception=True)
    return bool(data.validated_data["starts_reading"])
