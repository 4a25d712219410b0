"""API views that are coroutines: uploads and downloads, which must never hold a thread or a file.

DRF's views are synchronous. These use its authentication, its error body and its place in the
schema: `documented_by` lends the route the schema of an APIView that is never called.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, QueryDict
from rest_framework.exceptions import APIException, MethodNotAllowed, NotAuthenticated
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.settings import api_settings

from training.errors import TrainyardError
from webapp.core.access import load_for
from webapp.core.api import api_exception_handler
from webapp.core.errors import ApplicationError
from webapp.core.roles import Role

Row = TypeVar("Row", bound=Model)
View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
_KNOWN = (APIException, Http404, PermissionDenied, ApplicationError, TrainyardError)


def documented_by(schema_view: type, *methods: str) -> Callable[[View], View]:
    """An async API view: refused requests get the API's error body; the schema is another's.

    It authenticates itself (`row_for`), so Django's login wall and CSRF check stand aside.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        async def answered(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            try:
                if request.method not in methods:
                    raise MethodNotAllowed(str(request.method))
                return await view(request, **arguments)
            except _KNOWN as error:
                return _refusal(error)

        answered.cls = schema_view  # type: ignore[attr-defined]
        answered.initkwargs = {}  # type: ignore[attr-defined]
        answered.csrf_exempt = True  # type: ignore[attr-defined]
        answered.login_required = False  # type: ignore[attr-defined]
        return answered

    return wrap


class _Unread(BaseParser):
    """The CSRF check asks for form fields; the body is left for the view."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, context: Any = None) -> QueryDict:
        return QueryDict()


@sync_to_async
def row_for(
    request: HttpRequest, model: type[Row], row_id: uuid.UUID, role: Role = Role.VIEWER
) -> Row:
    """As `load_for`, for whoever the token or the session says; sessions need a CSRF token."""
    classes = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    authenticators = [one() for one in classes]
    user = Request(request, parsers=[_Unread()], authenticators=authenticators).user
    if not user.is_authenticated:
        raise NotAuthenticated
    return load_for(user, model, row_id, role)


def _refusal(error: Exception) -> JsonResponse:
    answer = api_exception_handler(error, {})
    if answer is None:
        raise error
    return JsonResponse(answer.data, status=answer.status_code)
