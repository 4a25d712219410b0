"""An upload of rows, a tokenizer and a task set in the home folder of a web process under test.

Run as a program in the environment of a server, it fills that server's home and prints
{name: address or id} as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

HOSTILE = "<script>alert(1)</script>"
ROWS = [
    {"instruction": f"Add {n} and 1.", "input": "", "output": f"The answer is {n + 1}."}
    for n in range(1, 60)
]
ODD = [
    {"instruction": HOSTILE, "output": f"No. {HOSTILE} " + "Long answers are cut. " * 60},
    {"instruction": "Say nothing.", "output": " "},
    {"instruction": "A number", "output": 3},
    ROWS[0],
]


def fill(project: Any, user: Any) -> dict[str, str]:
    """Make all of them in ``project``; their ids."""
    from django.conf import settings

    from tests.training.corpus.jobs import run_verb
    from tests.training.tasks.made import tokenizer_of
    from training.folder.artifact import sha256_file, write_artifact
    from training.folder.atomic import write_json
    from webapp.jobs.models import Job
    from webapp.jobs.services.artifacts import artifact_index

    home: Path = settings.TRAINYARD_HOME
    upload = home / "uploads" / str(uuid.uuid4())
    upload.parent.mkdir(parents=True, exist_ok=True)
    with write_artifact(upload, "upload") as draft:
        file = draft.path / "00001.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in [*ODD[:1], *ROWS, *ODD[1:]]))
        name = f"{HOSTILE}.jsonl"
        entry = {"name": name, "file": file.name, "sha256": sha256_file(file)}
        write_json(draft.path / "files.json", [entry])
    title = f"Sums {HOSTILE}"
    job = Job.objects.create(project=project, verb="tasks", title=title, state="finished")
    tasks = run_verb("tasks", job.folder.root, upload=str(upload))
    tokenizer = tokenizer_of(home / "jobs" / str(uuid.uuid4()) / "output")
    made = {
        "upload": artifact_index(folder=upload, project=project, title=f"Rows {HOSTILE}"),
        "tasks": artifact_index(folder=tasks, project=project, job=job, created_by=user),
        "tokenizer": artifact_index(folder=tokenizer, project=project, title="Bytes"),
    }
    return {name: str(artifact.pk) for name, artifact in made.items()}


def main() -> None:
    """Fill the home of the environment's settings."""
    import django

    django.setup()
    from webapp.accounts.models import User
    from webapp.projects.models import Project

    project = Project.objects.get()
    found = {"project": f"/projects/{project.pk}/", **fill(project, User.objects.get())}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
