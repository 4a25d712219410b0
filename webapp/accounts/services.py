"""What changes accounts: creation, profile, password, API tokens. Projects are not known here."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp.accounts.models import ApiToken, SetupToken, User
from webapp.core.errors import ApplicationError
from webapp.core.tokens import digest_of, new_secret


@transaction.atomic
def setup_token_create() -> str | None:
    """A new one-time token for the first account; earlier ones stop working.

    None when there is an account already: then `/setup/` does not exist.
    """
    if User.objects.exists():
        return None
    text, digest = new_secret()
    SetupToken.objects.all().delete()
    SetupToken.objects.create(digest=digest)
    return text


@transaction.atomic
def superuser_create_first(*, token: str, username: str, password: str) -> User:
    """The first account, for whoever holds the token; of two at once only one succeeds.

    The token row is locked (on SQLite the IMMEDIATE transaction locks the file), so the check
    and the insert cannot be interleaved with another's.
    """
    held = SetupToken.objects.select_for_update().filter(digest=digest_of(token)).first()
    if held is None or User.objects.exists():
        raise ApplicationError(
            _("This link is not valid. Use the newest one that the server printed."),
            status_code=403,
        )
    user = user_create(username=username, password=password, is_superuser=True)
    SetupToken.objects.all().delete()
    return user


def user_create(*, username: str, password: str, is_superuser: bool = False) -> User:
    """A new account with a password that passes the validators."""
    user = User(username=User.normalize_username(username.strip()), is_superuser=is_superuser)
    user.is_staff = is_superuser
    _check_password(password, user, field="password")
    user.set_password(password)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        fields = {name: list(texts) for name, texts in error.message_dict.items()}
        raise ApplicationError(_("This account cannot be made."), fields=fields) from error
    user.save()
    return user


def profile_update(*, user: User, **changes: str) -> User:
    """Change name, theme or language; other keys are a mistake of the caller."""
    for name, value in changes.items():
        if name not in {"display_name", "theme", "language"}:
            raise ValueError(f"profile_update does not change {name!r}")
        setattr(user, name, value)
    user.save(update_fields=list(changes))
    return user


def password_change(*, user: User, old_password: str, new_password: str) -> User:
    """A new password for somebody who knows the old one."""
    if not user.check_password(old_password):
        message = _("This is not your password now.")
        raise ApplicationError(message, fields={"old_password": [message]})
    _check_password(new_password, user, field="new_password")
    user.set_password(new_password)
    user.save(update_fields=["password"])
    return user


def api_token_create(*, user: User, name: str, num_days: int | None) -> tuple[ApiToken, str]:
    """A token and its text, which is never to be had again; ``num_days`` None means no end."""
    expiry = timedelta(days=num_days) if num_days else None
    token, text = ApiToken.objects.create(user=user, expiry=expiry, name=name.strip())
    return token, text


def api_token_revoke(*, token: ApiToken) -> None:
    """The token stops working at once."""
    token.delete()


def api_token_mark_used(*, token: ApiToken) -> None:
    """Remember the use, at most once a minute: a polling script must not write at every call."""
    now = timezone.now()
    if token.last_used is None or now - token.last_used > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)


def _check_password(password: str, user: User, *, field: str) -> None:
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        message = _("This password is not accepted.")
        raise ApplicationError(message, fields={field: list(error.messages)}) from error
