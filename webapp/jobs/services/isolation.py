"""The boundary of one job: what goes wrong with it keeps no other job waiting.

Besides those of house-style.md this is a place where any exception is caught: a folder may hold
anything, and what looks after all jobs must outlive each of them. It is logged, and stands as the
reason on the row until a look at the job succeeds.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from django.db import DatabaseError

from webapp.jobs.models import Job
from webapp.jobs.services.states import set_reason

log = logging.getLogger(__name__)


@contextlib.contextmanager
def kept_apart(job: Job) -> Iterator[None]:
    """Do something for one job; whatever it raises ends here, and is tried again another time."""
    try:
        yield
    except DatabaseError:
        # Says nothing about the job.
        log.exception("job %s: the database refused; tried again in the next round", job.pk)
    except Exception as error:
        log.exception("job %s: nothing could be done for it; tried again in the next round", job.pk)
        with contextlib.suppress(DatabaseError):
            _tell(job, f"{type(error).__name__}: {error}")


def _tell(job: Job, message: str) -> None:
    """On the row as it is: the one in hand may show what was rolled back.

    What has ended keeps its reason, which decides whether it goes on by itself.
    """
    row = Job.objects.filter(pk=job.pk).first()
    if row is not None and not row.has_ended:
        set_reason(row, "unattended", data={"message": message})
