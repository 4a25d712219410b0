"""The row of a job as a page shows it, in the reader's language."""

from __future__ import annotations

from webapp.core.states import STATES
from webapp.jobs.models import Job
from webapp.runs.live.messages import JobState


def job_state(job: Job) -> JobState:
    """Word, reason and what may be asked of it now."""
    look = STATES[job.state]
    return JobState(
        title=job.title,
        state=job.state,
        label=str(look.label),
        tone=look.tone,
        glyph=look.glyph,
        reason=job.reason,
        advice=job.advice,
        since=job.state_since.timestamp(),
        version=job.version,
        is_live=job.is_live,
        may_stop=job.may_stop,
        may_cancel=job.may_cancel,
        may_resume=job.may_resume,
    )
