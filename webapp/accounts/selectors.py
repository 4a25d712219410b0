"""What is read about accounts."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import Http404

from webapp.accounts.models import ApiToken, SetupToken, User
from webapp.core.tokens import digest_of


def has_accounts() -> bool:
    """False only before the first start is done."""
    return User.objects.exists()


def is_setup_token(text: str) -> bool:
    """Whether this is the token that the server printed last."""
    return bool(text) and SetupToken.objects.filter(digest=digest_of(text)).exists()


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's API tokens, newest first."""
    return ApiToken.objects.filter(user=user)


def token_of(user: User, public_id: uuid.UUID) -> ApiToken:
    """One of the user's own tokens; anybody else's is not found."""
    token = tokens_of(user).filter(public_id=public_id).first()
    if token is None:
        raise Http404
    return token
