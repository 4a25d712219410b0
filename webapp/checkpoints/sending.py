"""Answers a download: whole, a range, or nothing when the browser has it already.

Not Django's FileResponse, which under ASGI reads a whole file into memory and knows no ranges.
Files of artifacts are what people have made: they are always an attachment, never a page of ours.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header, parse_etags

from webapp.checkpoints.segments import Segment, read_range, total_bytes

_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


@dataclass(frozen=True)
class Download:
    """What is sent. ``sha256`` (hex) of the content where it is known; ``tag`` names its state."""

    segments: Sequence[Segment]
    filename: str
    tag: str
    sha256: str = ""
    content_type: str = "application/octet-stream"


class UnsatisfiableError(Exception):
    """The range begins behind the end."""


def download_response(request: HttpRequest, download: Download) -> HttpResponseBase:
    """200, 206, 304 or 416 with the headers that let a client go on and check what it got."""
    total = total_bytes(download.segments)
    etag = f'"{download.tag}"'
    try:
        part = _wanted(request, total, etag)
    except UnsatisfiableError:
        response = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response.headers["Content-Range"] = f"bytes */{total}"
        return response
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _labelled(HttpResponse(status=HTTPStatus.NOT_MODIFIED), download, etag)
    start, stop = part or (0, total)
    body: HttpResponseBase
    if request.method == "HEAD":
        body = HttpResponse()
    else:
        body = StreamingHttpResponse(read_range(download.segments, start, stop))
    body.headers["Content-Type"] = download.content_type
    body.headers["Content-Length"] = str(stop - start)
    if part is not None:
        body.status_code = HTTPStatus.PARTIAL_CONTENT
        body.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{total}"
    return _labelled(body, download, etag)


def _wanted(request: HttpRequest, total: int, etag: str) -> tuple[int, int] | None:
    """The one range that is asked for, or None for the whole.

    Several ranges at once are answered with the whole, which the standard allows (RFC 9110 14.2).
    """
    match = _RANGE.match(request.headers.get("Range", "").replace(" ", ""))
    condition = request.headers.get("If-Range", etag)
    if match is None or condition != etag or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, total - int(last)), total
    else:
        start, stop = int(first), min(total, int(last) + 1) if last else total
    if start >= total or start >= stop:
        raise UnsatisfiableError
    return start, stop


def _labelled(response: HttpResponseBase, download: Download, etag: str) -> HttpResponseBase:
    headers = response.headers
    disposition = content_disposition_header(as_attachment=True, filename=download.filename)
    headers["Content-Disposition"] = disposition or "attachment"
    headers["Accept-Ranges"] = "bytes"
    headers["ETag"] = etag
    headers["Cache-Control"] = "private, no-cache"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if download.sha256:
        digest = base64.b64encode(bytes.fromhex(download.sha256)).decode()
        headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return response
