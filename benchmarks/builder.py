"""How fast the plan beside the builder's form follows what is typed: the live check, end to end.

A whole form of a run, and of a chain, is posted to the endpoint that htmx asks after each key;
every request changes a number, so nothing is cached. Limit: p95 150 ms, the 60 ms that the page
waits after a key included; processor time of the request, so that other work on the machine does
not count. The page's HTML stands beside its budget. Run: python -m benchmarks.builder
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.table import Row, print_table

NUM_REQUESTS = 60
#: What the template waits after a key (templates/builder/new.html).
DEBOUNCE_SECONDS = 0.06
LIMIT_SECONDS = 0.15
LIMIT_BYTES = 60_000
_NUM_ARTIFACTS = 200


def rows() -> Iterator[Row]:
    """Two pages, each with its time and its size."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"TRAINYARD_HOME": home, "DJANGO_SETTINGS_MODULE": "webapp.settings.test"}
        client, project = _prepared()
        for page in ("train", "chain"):
            yield from _measured(client, project, page)


def _prepared() -> tuple[Any, str]:
    """A client that is logged in, and a project with many results of every kind."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from webapp.accounts.models import User
    from webapp.jobs.models import Artifact
    from webapp.projects.services import project_create

    call_command("migrate", verbosity=0)
    user = User.objects.create_user(username="ada", password="correct horse battery")
    project = project_create(owner=user, name="Benchmark")
    for kind in ("upload", "documents", "corpus", "tokenizer", "tokens", "model"):
        Artifact.objects.bulk_create(
            Artifact(project=project, kind=kind, path=f"{kind}/{number}", title=f"{kind} {number}")
            for number in range(_NUM_ARTIFACTS)
        )
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client, str(project.pk)


def _measured(client: Any, project: str, page: str) -> Iterator[Row]:
    from webapp.builder.drafts import new_draft
    from webapp.builder.schema import tree_of
    from webapp.builder.values import fields

    draft = new_draft(page)
    assert draft is not None
    form: dict[str, Any] = {"open": "train", "extract.builtin": "cpython"}
    for step in draft.steps:
        for name, text in fields(tree_of(step.verb), "", step.values):
            form.setdefault(f"{step.key}.{name}", text)
    url = f"/projects/{project}/runs/new/{page}/"
    seconds = []
    for number in range(NUM_REQUESTS):
        form["train.num_steps"] = str(1000 + number)
        started = time.process_time()
        answer = client.post(f"{url}check/", form)
        seconds.append(time.process_time() - started)
        assert answer.status_code == 200
        assert b'id="plan"' in answer.content
    p95 = statistics.quantiles(seconds, n=20)[18] + DEBOUNCE_SECONDS
    yield Row(
        f"{page}: key to plan, p95 of {NUM_REQUESTS}",
        f"{p95 * 1e3:.0f} ms",
        f"limit {LIMIT_SECONDS * 1e3:.0f} ms",
        f"{p95 / LIMIT_SECONDS:.2f}",
        "<= 1",
        p95 <= LIMIT_SECONDS,
    )
    size = len(client.post(url, {**form, "mode": "advanced"}).content)
    yield Row(
        f"{page}: HTML with advanced settings",
        f"{size / 1e3:.1f} kB",
        f"limit {LIMIT_BYTES / 1e3:.0f} kB",
        f"{size / LIMIT_BYTES:.2f}",
        "<= 1",
        size <= LIMIT_BYTES,
    )


if __name__ == "__main__":
    print_table(rows())
