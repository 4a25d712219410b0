"""Which languages pages are offered in, and which one somebody reads outside Django's middleware.

Offered is what somebody has translated them into. `settings.LANGUAGES` names every language that is
wanted; one without a catalogue would give English pages that say they are Chinese, with a few words
of Django's own in Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language_from_request, to_locale


def browser_language(scope: Mapping[str, Any]) -> str:
    """The language that a page asked for with these headers would have: websockets, raw ASGI."""
    request = HttpRequest()
    wanted = dict(scope["headers"]).get(b"accept-language", b"")
    request.META["HTTP_ACCEPT_LANGUAGE"] = wanted.decode("latin-1")
    language = get_language_from_request(request)
    return language if is_offered(language) else settings.LANGUAGE_CODE


def offered() -> list[tuple[str, str | Promise]]:
    """Code and name, in the order of the settings; the language of the code needs no catalogue."""
    return [
        (code, name)
        for code, name in settings.LANGUAGES
        if code == settings.LANGUAGE_CODE or _has_catalogue(code)
    ]


def is_offered(code: str) -> bool:
    """Whether pages can be had in this language."""
    return code in dict(offered())


def _has_catalogue(code: str) -> bool:
    name = Path(to_locale(code), "LC_MESSAGES", "django.mo")
    return any(Path(folder, name).is_file() for folder in settings.LOCALE_PATHS)
