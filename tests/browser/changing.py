"""Brings a job through states, as the supervisor does: ``changing JOB queued starting running``.

Run as a program in the environment of a browser test's server.
"""

from __future__ import annotations

import sys

import django


def main(job_id: str, *states: str) -> None:
    """One change after the other."""
    django.setup()
    from webapp.jobs.models import Job
    from webapp.jobs.services.states import change_state
    from webapp.jobs.states import State

    for state in states:
        assert change_state(Job.objects.get(pk=job_id), State(state), state)
    sys.stdout.write("null\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
