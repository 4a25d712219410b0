"""Errors of pages become our error page, never a 500; static files are answered under ASGI."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from webapp.core.errors import ApplicationError, as_application_error


class ApplicationErrorMiddleware(MiddlewareMixin):
    """For pages; the API has its own handler. An htmx request gets only the alert."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        known = as_application_error(error)
        return None if known is None else error_page(request, known)


def error_page(request: HttpRequest, error: ApplicationError) -> HttpResponse:
    """What the browser shows; with a full disk nothing may be asked of the database."""
    context = {"message": error.message, "fields": error.fields, "status": error.status_code}
    if getattr(request, "htmx", False):
        return render(request, "components/alert_error.html", context, status=error.status_code)
    if error.status_code == HTTPStatus.INSUFFICIENT_STORAGE:
        # Without the request no context processor asks who is logged in.
        return render(None, "core/disk_full.html", context, status=error.status_code)  # type: ignore[arg-type]
    return render(request, "400.html", context, status=error.status_code)


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, answering with plain bytes.

    Its own streamed answer is read whole by ASGI anyway, with a warning at each file; the largest
    of ours is 5 MB. Downloads of artifacts never pass here.
    """

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """The file, or 304, or the asked range, with WhiteNoise's headers."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            # A range comes as a wrapper whose read() stops at its end.
            with closing(found.file):
                content = found.file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response
