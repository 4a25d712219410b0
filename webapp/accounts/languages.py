"""Which languages pages are offered in: those that somebody has translated them into.

`settings.LANGUAGES` names every language that is wanted. One without a catalogue would give English
pages that say they are Chinese, with a few words of Django's own in Chinese.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import to_locale


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
