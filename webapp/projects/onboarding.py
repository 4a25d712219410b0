"""The first account together with its first project: by link, or from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from webapp.accounts.models import User
from webapp.accounts.selectors import has_accounts
from webapp.accounts.services import setup_token_create, superuser_create_first
from webapp.projects.services import project_create


@transaction.atomic
def first_account_create(*, token: str, username: str, password: str) -> User:
    """The first account, and a project for it to work in."""
    user = superuser_create_first(token=token, username=username, password=password)
    project_create(owner=user, name=_("First project"))
    return user


def setup_link(address: str) -> str | None:
    """A new one-time link to the first account, below ``http://host:port``; None if there is one.

    Links made earlier stop working.
    """
    token = setup_token_create()
    return f"{address.rstrip('/')}{reverse('projects:setup')}?token={token}" if token else None


def admin_from_environment() -> User | None:
    """For containers: TRAINYARD_ADMIN_USER with TRAINYARD_ADMIN_PASSWORD or …_PASSWORD_FILE.

    Counts only while there is no account; None when there is one or the variables are not set.
    """
    username = os.environ.get("TRAINYARD_ADMIN_USER", "")
    password = _password_from_environment()
    if not username or not password or has_accounts():
        return None
    token = setup_token_create()
    return first_account_create(token=token or "", username=username, password=password)


def _password_from_environment() -> str:
    path = os.environ.get("TRAINYARD_ADMIN_PASSWORD_FILE", "")
    if path:
        return Path(path).read_text(encoding="utf-8").rstrip("\n")
    return os.environ.get("TRAINYARD_ADMIN_PASSWORD", "")
