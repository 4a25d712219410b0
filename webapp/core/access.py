"""The one way from an id in a URL to a row: a query that can only find what the user may see.

A stranger's id is not found (404, so that ids cannot be probed); a member whose role is too low
is refused (403). A model says where its project is in ``access_path``: "" for the project itself,
"project" for a row with that foreign key, "run__project" for a row further away.
"""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from webapp.core.roles import Role

Row = TypeVar("Row", bound=Model)
Reader = AbstractBaseUser | AnonymousUser


def visible_to(user: Reader, model: type[Row]) -> QuerySet[Row]:
    """All rows in projects of which ``user`` is a member; each has ``access_role`` as text."""
    path: str = model.access_path  # type: ignore[attr-defined]
    prefix = f"{path}__" if path else ""
    rows: QuerySet[Row] = model._default_manager.all()
    if path:
        rows = rows.select_related(path)
    if not user.is_authenticated:
        return rows.none()
    own: QuerySet[Row] = rows.filter(**{f"{prefix}memberships__user": user})
    return own.annotate(access_role=F(f"{prefix}memberships__role"))  # type: ignore[return-value]


def load_for(user: Reader, model: type[Row], row_id: uuid.UUID, role: Role = Role.VIEWER) -> Row:
    """The row with this id, for a user with at least ``role`` in its project.

    Raises Http404 when there is none that the user may see, PermissionDenied when the role is
    too low.
    """
    row = visible_to(user, model).filter(pk=row_id).first()
    if row is None:
        raise Http404(_("There is nothing here that you may see."))
    held = Role(row.access_role)  # type: ignore[attr-defined]
    if not held.covers(role):
        raise PermissionDenied(
            _("This needs the role %(needed)s in the project; yours is %(held)s.")
            % {"needed": role.label, "held": held.label}
        )
    return row


def open_for(
    request: HttpRequest, model: type[Row], row_id: uuid.UUID, role: Role = Role.VIEWER
) -> Row:
    """As `load_for`, and the row's project becomes the page's: shell, navigation, buttons."""
    row = load_for(request.user, model, row_id, role)
    project: object = row
    for name in filter(None, model.access_path.split("__")):  # type: ignore[attr-defined]
        project = getattr(project, name)
    request.project = project  # type: ignore[attr-defined]
    request.access_role = Role(row.access_role)  # type: ignore[attr-defined]
    return row
