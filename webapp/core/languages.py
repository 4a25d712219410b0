"""Which language somebody reads, where Django's middleware has not been: websockets, raw ASGI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_from_request


def browser_language(scope: Mapping[str, Any]) -> str:
    """The language that a page asked for with these headers would have."""
    request = HttpRequest()
    wanted = dict(scope["headers"]).get(b"accept-language", b"")
    request.META["HTTP_ACCEPT_LANGUAGE"] = wanted.decode("latin-1")
    return get_language_from_request(request) or settings.LANGUAGE_CODE
