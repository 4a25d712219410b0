"""A session of the playground with the last checkpoint of a run; nothing serves it.

Run as a program in the server's environment with the id of the run; prints {"session": id}.
"""

from __future__ import annotations

import json
import sys

import django


def main(run: str) -> None:
    """Make the row as the page of the playground does."""
    django.setup()
    from webapp.accounts.models import User
    from webapp.jobs.models import Job
    from webapp.playground.services import session_start

    job = Job.objects.get(pk=run)
    newest = max(path.name for path in job.folder.checkpoints.glob("step-*"))
    session = session_start(
        project=job.project,
        created_by=User.objects.get(),
        model=f"folder:{run}/checkpoints/{newest}",
        second_model="",
    )
    sys.stdout.write(json.dumps({"session": str(session.pk)}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
