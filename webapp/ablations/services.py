"""From an outlook to a group of jobs: all runs, and the verdict that waits for them."""

from __future__ import annotations

from django.db import transaction

from training.ablation.writing import NUM_EXAMPLES
from training.errors import SpecError
from webapp.ablations.asking import EVALUATE, TRAIN, VERDICT, Asked, Outlook, outlook
from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.jobs.models import GroupKind, Job, JobGroup, OnFailure
from webapp.jobs.references import STEP
from webapp.jobs.services.creation import Step, group_create
from webapp.projects.models import Project


@transaction.atomic
def ablation_start(
    *, project: Project, created_by: User, asked: Asked, idempotency_key: str = ""
) -> JobGroup:
    """The group of jobs; ApplicationError says what cannot run. The same key, the same group."""
    found = outlook(project, asked)
    try:
        group = group_create(
            project=project,
            kind=GroupKind.ABLATION,
            title=found.title[:120],
            steps=_steps(found),
            created_by=created_by,
            idempotency_key=idempotency_key,
        )
    except SpecError as error:
        raise ApplicationError(" ".join(one.sentence() for one in error.problems)) from error
    # A run that is stopped may be resumed: the verdict then waits for it.
    for run in Job.objects.filter(group=group, verb=TRAIN):
        run.dependents.update(on_failure=OnFailure.WAIT)
    return group


def _steps(found: Outlook) -> list[Step]:
    runs = [Step(verb=TRAIN, title=one.title, spec=one.spec) for one in found.runs]
    measured = [_evaluation(found, number) for number in range(len(runs)) if found.benchmark]
    judged = [
        {
            "variant": one.variant,
            "seed": one.seed,
            "path": f"{STEP}:{number}",
            "evaluation": f"{STEP}:{len(runs) + number}" if measured else "",
        }
        for number, one in enumerate(found.runs)
    ]
    spec = {"question": found.title[:300], "runs": judged, "lengths": [*found.lengths]}
    verdict = Step(verb=VERDICT, title=f"Verdict: {found.title}", spec=spec)
    return [*runs, *measured, verdict]


def _evaluation(found: Outlook, number: int) -> Step:
    """Few-shot accuracy of one run's model; items that it has read are left out."""
    spec = {
        "model": f"{STEP}:{number}",
        "benchmark": found.benchmark,
        "prompt": {"num_examples": NUM_EXAMPLES},
        "contamination": {"items": "drop"},
    }
    return Step(verb=EVALUATE, title=f"Accuracy: {found.runs[number].title}", spec=spec)
