"""Knox token authentication that also remembers when a token was last used."""

from __future__ import annotations

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication

from webapp.accounts.models import ApiToken, User
from webapp.accounts.services import api_token_mark_used


class ApiTokenAuthentication(TokenAuthentication):
    """``Authorization: Bearer ty_…``; requests with a token need no CSRF token."""

    def validate_user(self, auth_token: ApiToken) -> tuple[User, ApiToken]:
        """Also refuses users that are no longer active."""
        user, token = super().validate_user(auth_token)
        api_token_mark_used(token=token)
        return user, token


class ApiTokenScheme(KnoxTokenScheme):
    """How the API schema describes it."""

    target_class = "webapp.accounts.authentication.ApiTokenAuthentication"
    name = "apiToken"
