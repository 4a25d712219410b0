"""Fills a fresh home: members with sessions, a stranger, one project, one job that runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from webapp.accounts.models import User


def main(num_users: int) -> None:
    """Print what was made as one line of JSON."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(_fill(num_users)) + "\n")


def _fill(num_users: int) -> dict[str, object]:
    from webapp.core.roles import Role
    from webapp.jobs.models import Job
    from webapp.projects.models import Membership, Project

    project = Project.objects.create(name="Yard")
    sessions = []
    for number in range(num_users):
        user, session = _user_with_session(f"user{number}")
        role = Role.OWNER if number == 0 else Role.VIEWER
        Membership.objects.create(project=project, user=user, role=role)
        sessions.append(session)
    job = Job.objects.create(
        project=project, verb="train", title="Synthetic", state="running", version=1
    )
    job.folder.root.mkdir(parents=True)
    return {
        "project": str(project.pk),
        "job": str(job.pk),
        "sessions": sessions,
        "stranger": _user_with_session("stranger")[1],
    }


def _user_with_session(username: str) -> tuple[User, str]:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from webapp.accounts.models import User

    user = User.objects.create_user(username, password="a long password here")
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return user, str(store.session_key)


if __name__ == "__main__":
    main(int(sys.argv[1]))
