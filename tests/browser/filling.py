"""Fills the home of a browser test's server with runs in every state, texts, a model, a report.

Run as a program in the server's environment; prints {name: path or id} as one line of JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django


def main() -> None:
    """Make the rows and folders."""
    django.setup()
    sys.stdout.write(json.dumps(_fill()) + "\n")


def _fill() -> dict[str, str]:
    from tests.webapp.factories import write_stored
    from webapp.accounts.models import User
    from webapp.core.roles import Role
    from webapp.jobs.models import Artifact, Job
    from webapp.projects.invites import invite_create
    from webapp.projects.models import Project

    project = Project.objects.get()
    _invite, secret = invite_create(project=project, creator=User.objects.get(), role=Role.EDITOR)
    found = {"project": f"/projects/{project.pk}/", "invitation": secret}
    for name, num_steps, columns in _RUNS:
        job = Job.objects.create(project=project, verb="train", title=f"Run {name}", **columns)
        _write(job.folder, num_steps)
        found[name] = str(job.pk)
        if name == "running":
            for step in (100, 200):
                write_stored(job.folder.checkpoint(step), "rank-0.safetensors", b"weights" * 999)
    for kind, files in _ARTIFACTS.items():
        path = f"jobs/{kind}/output"
        artifact = Artifact.objects.create(project=project, kind=kind, title=f"A {kind}", path=path)
        for file, data in files.items():
            write_stored(artifact.folder, file, data)
        found[kind] = str(artifact.pk)
    Artifact.objects.filter(kind="documents").update(counts={"documents": 2, "faults": 1})
    return found


def _write(folder: Any, num_steps: int) -> None:
    from tests.webapp.runs.synthetic import Run
    from training.events import EventKind

    if not num_steps:
        folder.root.mkdir(parents=True)
        return
    run = Run(folder, num_steps, 50)
    while run.step < num_steps:
        run.advance()
    prompt, text = "The", " model writes <b>this</b>"
    run.events.write(EventKind.SAMPLE, step=num_steps, prompt=prompt, text=text)
    run.close(EventKind.STOPPED)


_RUNS: list[tuple[str, int, dict[str, Any]]] = [
    ("waiting", 0, {"state": "waiting"}),
    ("starting", 0, {"state": "running", "reason_code": "running"}),
    ("running", 260, {"state": "running", "reason_code": "running"}),
    ("failed", 140, {
        "state": "failed",
        "reason_code": "not_finite",
        "reason_data": {"message": "Step 137 gave loss nan."},
        "advice": "Lower optimizer.learning_rate.",
        "spec": {"optimizer": {"learning_rate": 0.01}},
    }),
    ("lost", 90, {"state": "lost", "reason_code": "lost"}),
    # Of each a test may write more.
    ("followed", 260, {"state": "running", "reason_code": "running"}),
    ("crowded", 260, {"state": "running", "reason_code": "running"}),
    ("closed", 260, {"state": "running", "reason_code": "running"}),
    ("resumed", 90, {"state": "lost", "reason_code": "lost"}),
]  # fmt: skip
_ARTIFACTS: dict[str, dict[str, bytes]] = {
    "model": {"config.json": b"{}", "model.safetensors": b"weights" * 1000},
    "documents": {
        "files.json": json.dumps(
            [
                {
                    "name": "rows.jsonl", "num_documents": 2, "num_text_bytes": 900,
                    "num_faults": 1, "faults": [{"line": 7, "reason": "is not UTF-8"}],
                    "warnings": {"CR line ends": 3}, "refused": "",
                },
                {
                    "name": "picture.txt", "num_documents": 0, "num_text_bytes": 0,
                    "num_faults": 0, "faults": [], "warnings": {},
                    "refused": "is a PNG image, not text",
                },
            ]
        ).encode()
    },
    "report": {"report.md": b"# Nothing but this"},
}  # fmt: skip

if __name__ == "__main__":
    main()
