"""Asking a serving job: the web passes the question on and never computes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from training.folder.atomic import read_json
from training.linesocket import ask
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Job

_TIMEOUT_SECONDS = 60.0


def serving_ask(*, job: Job, call: str, **arguments: Any) -> Any:
    """The result of one call; ApplicationError when the job does not serve or refuses."""
    endpoint = read_json(job.folder.endpoint)
    if not isinstance(endpoint, dict):
        raise ApplicationError(_("This job does not serve a model now."), status_code=409)
    request = {"token": endpoint["token"], "call": call, **arguments}
    socket = job.folder.root / str(endpoint["socket"])
    try:
        answer = ask(socket, request, timeout_seconds=_TIMEOUT_SECONDS)
    except OSError as error:
        message = _("The serving job does not answer.")
        raise ApplicationError(message, status_code=503) from error
    if not answer.get("ok"):
        raise ApplicationError(str(answer.get("error", "")))
    return answer["result"]
