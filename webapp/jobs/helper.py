"""Asking the helper from a view or an API: a preview in milliseconds, or a sentence why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from training.linesocket import ask
from webapp.core.errors import ApplicationError


def socket_path() -> Path:
    """Where the helper of this home listens."""
    path: Path = settings.TRAINYARD_HOME / "helper.sock"
    return path


def helper_call(name: str, **arguments: Any) -> Any:
    """The result of one function of `training.helper.table`; ApplicationError says why not."""
    return helper_call_within(settings.HELPER_SECONDS, name, **arguments)


def helper_call_within(seconds: float, name: str, **arguments: Any) -> Any:
    """The same for what must not wait long, such as what is told while one types."""
    request = {"call": name, "arguments": arguments}
    try:
        answer = ask(socket_path(), request, timeout_seconds=seconds)
    except OSError as error:
        message = _("The helper process does not answer; try again in a moment.")
        raise ApplicationError(message, status_code=503) from error
    if not answer.get("ok"):
        raise ApplicationError(str(answer.get("error", "")))
    return answer.get("result")
