"""Three runs that answered the same items of a benchmark while they trained, and one other items.

Run as a program in the server's environment; prints {title: id} as one line of JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

HOSTILE = "<b>bold</b>"
NUM_ITEMS = 400


def main() -> None:
    """Make the rows and folders."""
    django.setup()
    sys.stdout.write(json.dumps(_fill()) + "\n")


def _fill() -> dict[str, str]:
    from tests.browser.filling import _write
    from training.events import EventKind, EventWriter
    from webapp.jobs.models import Artifact, Job, JobDependency
    from webapp.projects.models import Project

    project, found = Project.objects.get(), {}
    quiz = Artifact.objects.create(
        project=project, kind="benchmark", title="Medicine quiz", path="jobs/quiz/output"
    )
    for title, rights, number in _RUNS:
        job = Job.objects.create(project=project, verb="train", title=title, state="finished")
        _write(job.folder, 60)
        JobDependency.objects.create(job=job, role="benchmark", on_artifact=quiz)
        events = EventWriter(job.folder.events)
        sets = [_told("terms", rights, number), _told("doses", rights[::2], number)]
        events.write(EventKind.BENCHMARK, step=60, sets=sets, is_known=True, policy="refuse")
        events.close()
        found[title] = str(job.pk)
    return found


def _told(name: str, rights: list[bool], number: int) -> dict[str, Any]:
    from training.benchmarks.answers import Answers
    from training.benchmarks.benchmark import BenchmarkItem
    from training.benchmarks.results import Accuracy

    rights = rights[:number]
    rows = [
        (f"What is {n}?", BenchmarkItem(n, name, "", "choice", f"{n}", ("a", "b", "c", "d"), 0,
                                        "", "", "", n), right)
        for n, right in enumerate(rights)
    ]  # fmt: skip
    return {
        "set": name, "kind": "choice", "items": len(rights), "chance": 0.25, "contaminated": 0,
        **Accuracy(sum(rights), len(rights)).told(), "answers": Answers.of(rows).told(),
    }  # fmt: skip


_RUNS: list[tuple[str, list[bool], int]] = [
    ("RMSNorm", [True] * 316 + [False] * 84, NUM_ITEMS),
    (f"LayerNorm {HOSTILE}", [True] * 302 + [False] * 14 + [True] * 2 + [False] * 82, NUM_ITEMS),
    ("Wider", [True] * 300 + [False] * 16 + [True] * 10 + [False] * 74, NUM_ITEMS),
    ("Fewer items", [True] * 300 + [False] * 100, 390),
]

if __name__ == "__main__":
    main()
