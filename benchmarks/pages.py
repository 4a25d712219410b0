"""What a list page costs the server: 500 runs, 200 corpora, through Django's test client.

CPU seconds of one thread per request, 95th percentile, against the limit of 100 ms; the size of the
page against 60 KB. The rows are real, their folders are those of jobs that wait. Run:
python -m benchmarks.pages
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.table import Row, print_table

NUM_RUNS, NUM_CORPORA = 500, 200
NUM_REQUESTS = 40
LIMIT_SECONDS = 0.1
LIMIT_BYTES = 60_000


def rows() -> Iterator[Row]:
    """Each list as a page and by the API."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings.test")
        os.environ["TRAINYARD_HOME"] = folder
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import Client

        from webapp.core.heap import settle_heap

        call_command("migrate", verbosity=0)
        project, user = seed(Path(folder))
        client = Client()
        client.force_login(user)
        client.get(f"/projects/{project.pk}/runs/")
        # As `manage.py web` does when it has loaded everything.
        settle_heap()
        for name, address, is_page in (
            (f"list of {NUM_RUNS} runs", f"/projects/{project.pk}/runs/", True),
            (f"list of {NUM_CORPORA} corpora", f"/projects/{project.pk}/corpora/", True),
            ("API, 200 runs", f"/api/v1/projects/{project.pk}/runs/", False),
            (f"API, {NUM_CORPORA} corpora", f"/api/v1/projects/{project.pk}/corpora/", False),
        ):
            yield from measure(client, name, address, is_page=is_page)


def measure(client: Any, name: str, address: str, *, is_page: bool) -> Iterator[Row]:
    """The 95th percentile of the CPU time, and the size of a page."""
    seconds = []
    for _ in range(NUM_REQUESTS):
        started = time.thread_time()
        answer = client.get(address)
        seconds.append(time.thread_time() - started)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
    slowest = statistics.quantiles(seconds[1:], n=20)[-1]
    yield Row(
        name,
        f"{slowest * 1e3:.0f} ms p95",
        f"limit {LIMIT_SECONDS * 1e3:.0f} ms",
        f"{LIMIT_SECONDS / slowest:.1f}",
        "at least 1",
        slowest <= LIMIT_SECONDS,
    )
    if is_page:
        size = len(answer.content)
        ratio = LIMIT_BYTES / size
        yield Row(f"{name}, HTML", f"{size / 1e3:.0f} kB", "limit 60 kB", f"{ratio:.1f}",
                  "at least 1", size <= LIMIT_BYTES)  # fmt: skip


def seed(home: Path) -> tuple[Any, Any]:
    """A project with that many rows, each corpus over documents of its own."""
    from webapp.accounts.models import User
    from webapp.jobs.models import Artifact, Job
    from webapp.projects.services import project_create

    user = User.objects.create_user(username="reader", password="x" * 12)
    project = project_create(owner=user, name="Many")
    for number in range(NUM_RUNS):
        Job.objects.create(
            project=project, verb="train", title=f"Run {number}", spec={}, created_by=user,
            state="waiting", position=number, version=number,
        )  # fmt: skip
    for number in range(NUM_CORPORA):
        documents, corpus = (
            Artifact.objects.create(
                project=project, kind=kind, title=f"Text {number}",
                path=f"{kind}-{number}", created_by=user, counts=counts,
            )
            for kind, counts in (
                ("documents", {"documents": 1000, "text_bytes": 10**6, "files": 3}),
                ("corpus", {"documents": 1000, "kept_documents": 700, "kept_bytes": 10**5}),
            )
        )  # fmt: skip
        corpus.sources.add(documents)
    return project, user


if __name__ == "__main__":
    print_table(rows())
