"""What every tab of a run page needs: head, live parts, chain, tabs."""

from __future__ import annotations

import json
import uuid
from typing import Any

from webapp.builder.again import chain_page
from webapp.jobs.models import Job
from webapp.runs import selectors
from webapp.runs.live.state import job_state
from webapp.runs.tabs import tabs_of


def run_context(job: Job, tab: str) -> dict[str, Any]:
    """Context of `runs/base_run.html`."""
    run = selectors.run_page(job)
    steps = selectors.steps_of(job)
    culprits = selectors.culprits(job, steps)
    # As lists: the names of their parts would be half of their bytes.
    marks = [[mark["kind"], mark["step"], mark["sentence"]] for mark in run.marks]
    return {
        "project": job.project,
        "job": job,
        "run": run,
        "mark_data": json.dumps(marks, separators=(",", ":"), ensure_ascii=False),
        "job_data": json.dumps(job_state(job)),
        "steps": steps,
        "culprits": culprits,
        "chain_page": chain_page(steps) if culprits else "",
        "tab": tab,
        "tabs": tabs_of(job),
        "clone_key": uuid.uuid4().hex,
    }
