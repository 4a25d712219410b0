"""The coroutine behind ``PATCH /api/v1/upload-files/<id>/``: one chunk, straight to the disk."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from training.errors import FileRefusedError
from webapp.core.async_api import documented_by, row_for
from webapp.core.errors import ApplicationError, error_body
from webapp.core.roles import Role
from webapp.core.streaming import BODY, Body
from webapp.corpora import services
from webapp.corpora.models import UploadFile
from webapp.corpora.receiving import Chunk, append_chunk
from webapp.corpora.serializers import UploadFileOut

_SHA256 = re.compile(r"^[0-9a-f]{64}$")


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


@documented_by(UploadFileDetail, "PATCH")
async def receive(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """409 with the right offset when the chunk does not begin where the file ends."""
    file = await row_for(request, UploadFile, file_id, Role.EDITOR)
    chunk = _chunk(request)
    if file.refused or file.upload.artifact_id is not None:
        message = file.refused or _("This upload is finished.")
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
    if chunk.offset != file.offset:
        message = _("The file ends at %(offset)s; send from there on.") % {"offset": file.offset}
        body = {**error_body(message), "offset": file.offset}
        return JsonResponse(body, status=HTTPStatus.CONFLICT)
    try:
        end = await append_chunk(file.path, chunk, file.num_bytes, _pieces(request))
    except FileRefusedError as error:
        file = await sync_to_async(services.file_refuse)(file=file, reason=str(error))
        raise ApplicationError(
            file.refused, status_code=HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        ) from error
    stored = sync_to_async(services.chunk_stored)
    file = await stored(file=file, offset=chunk.offset, end=end)
    return JsonResponse(UploadFileOut(file).data)


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
