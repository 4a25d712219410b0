"""The coroutine behind ``PATCH /api/v1/upload-files/<id>/``: one chunk, straight to the disk.

What the row says is checked, the chunk is written, and the row is changed, all under one lock:
between two of these another request could otherwise do the same, and cut off what was stored.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import ExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any, BinaryIO, TypeVar

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from training.errors import FileRefusedError
from training.folder.atomic import is_full
from webapp.core.async_api import documented_by, row_for
from webapp.core.errors import ApplicationError, error_body
from webapp.core.roles import Role
from webapp.core.streaming import BODY, Body
from webapp.corpora import services
from webapp.corpora.deletion import file_drop
from webapp.corpora.limits import disk_is_full, require_floor
from webapp.corpora.locking import BusyError, held, opened
from webapp.corpora.models import UploadFile
from webapp.corpora.receiving import Chunk, append_chunk
from webapp.corpora.serializers import UploadFileOut

_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_Result = TypeVar("_Result")

logger = logging.getLogger(__name__)


class OffsetError(ApplicationError):
    """The chunk does not begin where the file ends (409); the answer says where it does."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message, status_code=HTTPStatus.CONFLICT)
        self.offset = offset

    def response(self) -> JsonResponse:
        """The API's error, and the right offset."""
        body = {**error_body(self.message), "offset": self.offset}
        return JsonResponse(body, status=self.status_code)


class UploadFileDetail(APIView):
    """The schema of `receive`."""

    @extend_schema(
        operation_id="upload_files_append",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=UploadFileOut,
        parameters=[
            OpenApiParameter("Upload-Offset", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("X-Chunk-SHA256", str, OpenApiParameter.HEADER, required=True),
        ],
    )
    def patch(self, request: HttpRequest, file_id: uuid.UUID) -> None:
        """Append at most 16 MB at an offset; the answer holds the next one (editors)."""

    @extend_schema(operation_id="upload_files_delete", responses={204: None})
    def delete(self, request: HttpRequest, file_id: uuid.UUID) -> None:
        """Expect this file no longer; what has arrived of it goes (editors)."""


@documented_by(UploadFileDetail, "PATCH", "DELETE")
async def receive(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """409 with the right offset when the chunk does not begin where the file ends."""
    file = await row_for(request, UploadFile, file_id, Role.EDITOR)
    if request.method == "DELETE":
        return await _dropped(file)
    return await _to_the_end(store_chunk(file, _chunk(request), _pieces(request)))


async def store_chunk(
    file: UploadFile, chunk: Chunk, pieces: AsyncIterator[bytes]
) -> HttpResponseBase:
    """The row as it is afterwards, or why not; ``file`` may be out of date."""
    try:
        return JsonResponse(UploadFileOut(await _append(file, chunk, pieces)).data)
    except (BusyError, OffsetError) as refused:
        return refused.response()
    except FileRefusedError as error:
        refuse = sync_to_async(services.file_refuse)
        file = await refuse(file=file, reason=str(error))
        raise ApplicationError(
            file.refused, status_code=HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        ) from error
    except OSError as error:
        if not is_full(error):
            raise
        raise disk_is_full(file) from error


async def _dropped(file: UploadFile) -> HttpResponseBase:
    try:
        await sync_to_async(file_drop)(file=file)
    except BusyError as busy:
        return busy.response()
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


async def _append(file: UploadFile, chunk: Chunk, pieces: AsyncIterator[bytes]) -> UploadFile:
    async with _held_with(file) as part:
        await file.arefresh_from_db(fields=["offset", "refused"])
        if file.refused or file.upload.artifact_id is not None:
            message = file.refused or _("This upload is finished.")
            raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
        await _require_stored(file, part)
        require_floor(file)
        if chunk.offset != file.offset:
            message = _("The file ends at %(offset)s; send from there on.")
            raise OffsetError(message % {"offset": file.offset}, file.offset)
        end = await append_chunk(part, file, chunk, pieces)
        remember = sync_to_async(services.chunk_stored)
        return await remember(file=file, offset=chunk.offset, end=end)


@asynccontextmanager
async def _held_with(file: UploadFile) -> AsyncIterator[BinaryIO]:
    """The file, open, under its own lock and its upload's."""
    with ExitStack() as stack:
        enter = sync_to_async(stack.enter_context)
        await enter(held(file.upload, alone=False))
        yield await enter(opened(file.path))


async def _require_stored(file: UploadFile, part: BinaryIO) -> None:
    """A disk may lose what it had promised to keep: then the file is sent from its beginning."""
    num_stored = os.fstat(part.fileno()).st_size
    if num_stored >= file.offset:
        return
    logger.error("Of %s, %d bytes of %d are left", file.path, num_stored, file.offset)
    await sync_to_async(services.file_restart)(file=file)
    message = _("The server has lost a part of %(name)s; send it again from the beginning.")
    raise OffsetError(message % {"name": file.name}, 0)


async def _to_the_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await it; when the request is given up meanwhile, only after it has come to its end.

    Cancelled half-way, a write in a thread would go on after its lock is gone.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def _chunk(request: HttpRequest) -> Chunk:
    offset = request.headers.get("Upload-Offset", "")
    sha256 = request.headers.get("X-Chunk-SHA256", "").lower()
    fields = {}
    if not (offset.isascii() and offset.isdecimal()) or len(offset) > 18:
        fields["Upload-Offset"] = [_("is the number of bytes that arrived before.")]
    if not _SHA256.match(sha256):
        fields["X-Chunk-SHA256"] = [_("is the SHA-256 of this chunk in hex.")]
    if fields:
        raise ApplicationError(_("A chunk needs its offset and its SHA-256."), fields=fields)
    return Chunk(int(offset), sha256)


async def _pieces(request: HttpRequest) -> AsyncIterator[bytes]:
    """The body as it arrives; under WSGI (the test client) it is there already."""
    body: Body | None = getattr(request, "scope", {}).get(BODY)
    if body is None:
        yield request.body
        return
    async for piece in body.pieces():
        yield piece
