"""An ablation whose runs have ended: RoPE, learned positions and ALiBi under three seeds.

Run as a program in the server's environment with the id of tokens; prints {name: id} as JSON.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import django

#: What each variant's validation loss ends at, by seed.
_ENDS = {
    "RoPE": (3.10, 3.14, 3.07),
    "Learned": (3.13, 3.11, 3.12),
    "ALiBi": (3.02, 3.05, 2.99),
}
_STEPS = 400


def main() -> None:
    """Make the group and write the folders of its runs."""
    django.setup()
    sys.stdout.write(json.dumps({"ablation": _fill(sys.argv[1])}) + "\n")


def _fill(tokens: str) -> str:
    from webapp.ablations.asking import Asked
    from webapp.ablations.services import ablation_start
    from webapp.jobs.models import Job
    from webapp.projects.models import Project

    project = Project.objects.get()
    asked = Asked("positions", tokens=tokens, num_steps=_STEPS)
    user = project.created_by
    assert user is not None
    group = ablation_start(project=project, created_by=user, asked=asked)
    for run in group.jobs.filter(verb="train"):
        name, _comma, seed = run.title.partition(", seed ")
        _write(run, _ENDS[name][int(seed)])
    Job.objects.filter(group=group).update(state="finished", reason_code="finished")
    return str(group.pk)


def _write(run: Any, end: float) -> None:
    from training.events import EventKind, EventWriter
    from training.folder.atomic import write_json
    from training.folder.series import MetricWriter

    run.folder.root.mkdir(parents=True, exist_ok=True)
    write_json(run.folder.spec, {"verb": "train", "spec": run.spec})
    metrics = MetricWriter(run.folder.metrics)
    for step in range(1, _STEPS + 1):
        loss = end + 5 * math.exp(-step / 60)
        metrics.add("train/loss", step, loss + 0.05 * math.sin(step * (1 + end)))
        if step % 40 == 0:
            metrics.add("train/tokens_seen", step, step * 4096.0)
            metrics.add("train/tokens_per_second", step, 21_000.0)
            metrics.add("validation/loss", step, loss)
    metrics.flush()
    events = EventWriter(run.folder.events)
    events.write(EventKind.STARTED, num_parameters=1_300_000)
    events.write(EventKind.FINISHED)
    events.close()


if __name__ == "__main__":
    main()
