"""Fills a fresh home: users with sessions, one project, one job whose row says it runs."""

from __future__ import annotations

import json
import sys

import django


def main(num_users: int) -> None:
    """Print what was made as one line of JSON."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(_fill(num_users)) + "\n")


def _fill(num_users: int) -> dict[str, object]:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from webapp.accounts.models import User
    from webapp.core.roles import Role
    from webapp.jobs.models import Job
    from webapp.projects.models import Membership, Project

    project = Project.objects.create(name="Yard")
    sessions = []
    for number in range(num_users):
        user = User.objects.create_user(f"user{number}", password="a long password here")
        role = Role.OWNER if number == 0 else Role.VIEWER
        Membership.objects.create(project=project, user=user, role=role)
        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.create()
        sessions.append(store.session_key)
    job = Job.objects.create(
        project=project, verb="train", title="Synthetic", state="running", version=1
    )
    job.folder.root.mkdir(parents=True)
    return {"project": str(project.pk), "job": str(job.pk), "sessions": sessions}


if __name__ == "__main__":
    main(int(sys.argv[1]))
