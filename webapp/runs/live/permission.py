"""Who may watch a job over a websocket: asked before it is accepted, and again every minute."""

from __future__ import annotations

import uuid
from importlib import import_module

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.crypto import constant_time_compare

from webapp.accounts.models import User
from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.jobs.models import Job


@database_sync_to_async
def job_for_session(
    session_key: str | None, job_id: uuid.UUID, role: Role = Role.VIEWER
) -> tuple[User, Job] | None:
    """User and job, read anew; None when the session has ended or they may not."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    stored = store.load() if session_key else {}
    user_id = str(stored.get(SESSION_KEY, uuid.UUID(int=0)))
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not _is_current(user, stored.get(HASH_SESSION_KEY, "")):
        return None
    try:
        return user, load_for(user, Job, job_id, role)
    except (Http404, PermissionDenied):
        return None


def _is_current(user: User, session_hash: str) -> bool:
    """Whether the session was made with the password of today."""
    return constant_time_compare(session_hash, user.get_session_auth_hash())
