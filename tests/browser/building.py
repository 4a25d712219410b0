"""Something to build from: a token store, a corpus, a tokenizer, and one run to start from.

Run as a program in the server's environment; prints {name: id} as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import uuid

import django


def main() -> None:
    """Make the rows."""
    django.setup()
    sys.stdout.write(json.dumps(_fill()) + "\n")


def _fill() -> dict[str, str]:
    from webapp.jobs.models import Artifact
    from webapp.jobs.services.creation import job_create
    from webapp.projects.models import Project

    project = Project.objects.get()
    found = {"project": str(project.pk)}
    for kind, counts in _COUNTS.items():
        path = f"jobs/{uuid.uuid4()}/output"
        row = Artifact.objects.create(
            project=project, kind=kind, title="Python's texts", path=path, counts=counts
        )
        found[kind] = str(row.pk)
    spec = {"tokens": f"artifact:{found['tokens']}", "model": {"width": 192, "num_heads": 6}}
    found["run"] = str(job_create(project=project, verb="train", spec=spec, title="First run").pk)
    return found


_COUNTS: dict[str, dict[str, object]] = {
    "corpus": {"kept": 1100},
    "tokenizer": {"vocab_size": 4096, "bytes_per_token": 4.2, "tokens_per_word": 1.31},
    "tokens": {"tokens": 2_500_000, "train_tokens": 2_400_000, "vocab_size": 4096},
}

if __name__ == "__main__":
    main()
