"""The list of runs: filtered by state and name, sorted, one page of it with what its folders say.

Sorting by a column of the database is a query. The best validation loss stands in the folders: for
runs that have ended it is read once and kept, so that 500 of them are sorted in milliseconds.
"""

from __future__ import annotations

import functools
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Lower, Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.folder.layout import JobFolder
from webapp.jobs.models import Job
from webapp.projects.models import Project
from webapp.runs.folder_facts import best_validation
from webapp.runs.selectors import FILTERS, runs_of

MAX_QUERY_CHARS = 120
BEST = "best"
#: Columns that can be sorted by: key -> whether its first click shows the greatest first.
COLUMNS = {"name": False, "state": False, BEST: False, "started": True, "duration": True}
_MAX_KEPT = 20_000


@dataclass(frozen=True)
class Listing:
    """What the address asks for; ``sort`` is a key of `COLUMNS`, "-" before it: greatest first."""

    state: str = ""
    query: str = ""
    sort: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Listing:
        """Unknown values fall back to the default: all, newest first."""
        state, sort = query.get("state", ""), query.get("sort", "")
        return cls(
            state if state in FILTERS else "",
            query.get("q", "").replace("\0", "").strip()[:MAX_QUERY_CHARS],
            sort if sort.removeprefix("-") in COLUMNS else "",
        )

    def next_sort(self, column: str) -> str:
        """What a click on the head of this column sorts by."""
        first = f"-{column}" if COLUMNS[column] else column
        other = column if COLUMNS[column] else f"-{column}"
        return other if self.sort == first else first

    def direction_of(self, column: str) -> str:
        """For ``aria-sort``; empty for columns that are not sorted by."""
        if self.sort.removeprefix("-") != column:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"


@dataclass(frozen=True)
class Head:
    """The head of one column."""

    key: str
    label: str | Promise
    is_number: bool
    direction: str
    next_sort: str


#: In the order of the table; those that are no key of `COLUMNS` cannot be sorted by.
_HEADS: tuple[tuple[str, str | Promise, bool], ...] = (
    ("name", _("Name"), False),
    ("state", _("State"), False),
    ("", _("Progress"), False),
    (BEST, _("Best validation"), True),
    ("", _("Tokens"), True),
    ("started", _("Started"), False),
    ("duration", _("Duration"), True),
)


def heads(listing: Listing) -> list[Head]:
    """The heads of the table, each with what a click on it sorts by."""
    return [
        Head(
            key,
            label,
            is_number,
            listing.direction_of(key) if key else "",
            listing.next_sort(key) if key else "",
        )
        for key, label, is_number in _HEADS
    ]


def listed(project: Project, listing: Listing) -> QuerySet[Job] | list[Job]:
    """The runs asked for in the order asked for."""
    jobs = runs_of(project, chosen=listing.state)
    if listing.query:
        jobs = jobs.filter(title__icontains=listing.query)
    column = listing.sort.removeprefix("-")
    is_descending = listing.sort.startswith("-")
    if column == BEST:
        return _by_best(list(jobs), is_descending=is_descending)
    key = {
        "name": Lower("title"),
        "state": F("state"),
        "started": F("started_at"),
        "duration": Coalesce(F("ended_at"), Now()) - F("started_at"),
    }.get(column)
    if key is None:
        return jobs
    ordering = key.desc(nulls_last=True) if is_descending else key.asc(nulls_last=True)  # type: ignore[attr-defined]
    return jobs.order_by(ordering, "-created_at")


def _by_best(jobs: list[Job], *, is_descending: bool) -> list[Job]:
    """Runs without a validation loss last, whichever way."""
    losses = {job.pk: _best_of(job) for job in jobs}
    known = [job for job in jobs if math.isfinite(losses[job.pk])]
    unknown = [job for job in jobs if not math.isfinite(losses[job.pk])]
    return sorted(known, key=lambda job: losses[job.pk], reverse=is_descending) + unknown


def _best_of(job: Job) -> float:
    if job.has_ended:
        return _kept_best(job.pk, job.version, job.folder)
    point = best_validation(job.folder)
    return point.value if point else math.nan


@functools.lru_cache(maxsize=_MAX_KEPT)
def _kept_best(_job_id: uuid.UUID, _version: int, folder: JobFolder) -> float:
    """Of a run that has ended; when it is resumed its version rises."""
    point = best_validation(folder)
    return point.value if point else math.nan
