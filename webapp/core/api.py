"""DRF's exception handler: every refused API request gets the body of `errors`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_handler

from training.units import format_bytes
from webapp.core.errors import as_application_error, error_body


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every refused API request gets the same body."""
    known = as_application_error(error)
    if known is not None:
        return Response(error_body(known.message, known.fields), status=known.status_code)
    if isinstance(error, RequestDataTooBig):
        message = _("The request is longer than %(most)s; send less at once.")
        most = format_bytes(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return Response(error_body(message % {"most": most}), status=413)
    response = rest_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = _flatten(error.detail)
        response.data = error_body(_("Some fields are not accepted."), fields)
    else:
        response.data = error_body(_detail(response.data))
    return response


def _detail(data: Any) -> str:
    return str(data.get("detail", data)) if isinstance(data, dict) else str(data)


def _flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested details as {dotted path: sentences}."""
    if isinstance(detail, dict):
        parts = detail.items()
    elif isinstance(detail, list) and any(isinstance(part, dict | list) for part in detail):
        parts = enumerate(detail)  # type: ignore[assignment]
    else:
        return {path: [str(part) for part in (detail if isinstance(detail, list) else [detail])]}
    found: dict[str, list[str]] = {}
    for key, part in parts:
        found.update(_flatten(part, f"{path}.{key}" if path else str(key)))
    return found
