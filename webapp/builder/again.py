"""A whole chain once more: a chain page filled from the jobs of a group, to be changed and queued.

Steps that have their result keep it: those after them read that artifact, so they are not made
again by themselves. Of a chain in which nothing is missing all steps are made anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from training.registry import VERBS
from webapp.builder.drafts import CHAINS, Draft
from webapp.jobs.models import Artifact, Job
from webapp.jobs.references import ARTIFACT, JOB, STEP
from webapp.jobs.states import State

_TUNING = "tuning"
#: Where one of these stands, settings have to be changed: its section is open.
_AMISS = (State.FAILED, State.LOST, State.STOPPED)


def chain_page(jobs: Sequence[Job]) -> str:
    """The chain page that has the steps of all of these, each once; "" when there is none."""
    steps = {job.verb for job in jobs}
    if len(steps) < max(2, len(jobs)):
        return ""
    pages = [page for page, (chain, _title) in CHAINS.items() if steps <= {*chain}]
    # Both chains end alike; what they begin with may have been there already.
    is_tuning = any(job.spec.get("base") or job.spec.get("tasks") for job in jobs)
    return _TUNING if is_tuning and _TUNING in pages else next(iter(pages), "")


def group_of(job: Job) -> list[Job]:
    """The jobs that were queued together with this one, in their order; [] without a group."""
    if job.group_id is None:
        return []
    return list(Job.objects.filter(group=job.group_id).order_by("position"))


def fill_again(draft: Draft, jobs: Sequence[Job]) -> None:
    """Put the settings of the jobs into the steps of the chain; what a form sent comes after."""
    kept = _results(jobs)
    named = {f"{JOB}:{job.pk}": kept.get(job.verb, f"{STEP}:{job.verb}") for job in jobs}
    draft.started_from = list(jobs)
    for job in jobs:
        step = draft.step(job.verb)
        if step is None:
            continue
        values = {name: value for name, value in job.spec.items() if name != "version"}
        spec_class = VERBS[job.verb].load_spec()
        step.values = spec_class.with_moved_inputs(values, lambda text: named.get(text, text))
        step.is_goal = step.is_goal and job.verb not in kept
        step.failure = job.reason if _is_amiss(job) else ""
    made = {job.verb for job in jobs}
    if draft.is_chain:
        draft.open = {job.verb for job in jobs if _is_amiss(job)}
    for step in draft.steps:
        step.is_wanted = step.verb in made or not step.may_be_left_out
    draft.title = _title(jobs)


def _is_amiss(job: Job) -> bool:
    """Whether it failed by itself; one that had no input did not."""
    return job.state in _AMISS and job.reason_code != "input_failed"


def _results(jobs: Sequence[Job]) -> dict[str, str]:
    """{verb: reference to what it made}; {} when no step is without a result."""
    verbs = {job.pk: job.verb for job in jobs}
    rows = Artifact.objects.filter(job__in=verbs).order_by("-created_at")
    found = {verbs[row.job_id]: f"{ARTIFACT}:{row.pk}" for row in rows if row.job_id}
    return found if len(found) < len(jobs) else {}


def _title(jobs: Sequence[Job]) -> str:
    """A chain is called as its training is, which is how the builder names both."""
    train = next((job for job in jobs if job.verb == "train"), jobs[-1])
    return train.title
