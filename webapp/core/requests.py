"""The request as our pages see it; for type checking only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from webapp.accounts.models import User


class UserRequest(HttpRequest):
    """A request behind the login wall: there is a user."""

    user: User
