"""Health, error pages, the page of component patterns, the page of API documentation."""

from __future__ import annotations

import sys
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webapp.core.errors import ApplicationError, as_application_error, error_body
from webapp.core.middleware import error_page
from webapp.core.patterns import pattern_context
from webapp.core.selectors import health

API_PREFIX = "/api/"


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """For `up`, compose and load balancers: 200 when this process can serve, else 503."""
    found = health()
    code = HTTPStatus.OK if found["status"] == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(found, status=code)


@login_not_required
@require_safe
def patterns(request: HttpRequest) -> HttpResponse:
    """Every component in every state; routed only under DEBUG and in tests."""
    return render(request, "core/patterns.html", pattern_context())


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The API's documentation, drawn from its schema by Swagger UI."""
    return render(request, "core/api_docs.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself is malformed (a foreign Host header, a broken upload)."""
    return _refusal(request, HTTPStatus.BAD_REQUEST, _("The request is malformed."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: seen, but not allowed with this role."""
    message = str(exception) or _("Your role does not allow this.")
    return _refusal(request, HTTPStatus.FORBIDDEN, message)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form came from elsewhere, or was opened before logging in again."""
    message = _("This form is no longer valid. Go back, reload the page and send it again.")
    return _refusal(request, HTTPStatus.FORBIDDEN, message)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such page, or nothing there that this user may see."""
    return _refusal(request, HTTPStatus.NOT_FOUND, _("There is nothing here that you may see."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the page needs no database and no context. 507 when only the disk is full.

    Also for what fails outside views: reading a session, saving it behind the answer.
    """
    known = as_application_error(sys.exception())
    if known is not None:
        return _told(request, known)
    if request.path.startswith(API_PREFIX):
        return _refusal(request, HTTPStatus.INTERNAL_SERVER_ERROR, _("Something broke here."))
    return render(None, "500.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)  # type: ignore[arg-type]


def _told(request: HttpRequest, error: ApplicationError) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return JsonResponse(error_body(error.message, error.fields), status=error.status_code)
    return error_page(request, error)


def _refusal(request: HttpRequest, code: HTTPStatus, message: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return JsonResponse(error_body(message), status=code)
    return render(request, f"{code.value}.html", {"message": message}, status=code)
