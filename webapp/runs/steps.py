"""Everything known of one step: numbers, what the model read, the log around it, checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.folder.blocks import place_of
from training.folder.layout import JobFolder
from training.folder.records import map_records, num_records
from training.folder.series import read_index, series_path
from training.registry import perplexity_kind
from training.tokens.order import ORDER_INFO_FILE
from webapp.core.errors import ApplicationError
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Job
from webapp.jobs.origins import visible_origins
from webapp.runs.folder_facts import Point, checkpoint_steps
from webapp.runs.log_lines import LogLine, lines_before, lines_from, offset_of_step
from webapp.runs.stats import Stat, named_perplexity, written

_SHOWN: tuple[tuple[str, str, str | Promise], ...] = (
    ("train/loss", "loss", gettext_lazy("Training loss")),
    ("train/loss", "perplexity", gettext_lazy("Perplexity")),
    ("train/gradient_norm", "norm", gettext_lazy("Gradient norm")),
    ("train/learning_rate", "rate", gettext_lazy("Learning rate")),
)
_LINES_BEFORE, _LINES_AFTER = 4, 5
ROWS_PER_PAGE = 4
BATCH_ROWS_PER_PAGE = 8


@dataclass(frozen=True)
class StepFacts:
    """``read`` is the answer of `training.tokens.reading.read_step`, or None with ``problem``."""

    step: int
    numbers: list[tuple[str | Promise, str]]
    read: dict[str, Any] | None
    problem: str
    log: list[LogLine]
    checkpoints: list[int]

    @property
    def next_row(self) -> int | None:
        """Where the next page of rows begins; None at the last one."""
        if self.read is None:
            return None
        after = int(self.read["first_row"]) + len(self.read["rows"])
        return after if after < self.read["num_rows"] else None


def step_facts(job: Job, step: int, first_row: int = 0) -> StepFacts:
    """What there is to say of a step; a part that cannot be read leaves the others standing."""
    problem, read = "", None
    try:
        read = read_rows(job, step, first_row, ROWS_PER_PAGE)
    except ApplicationError as error:
        problem = error.message
    return StepFacts(
        step=step,
        numbers=_numbers(job, step),
        read=read,
        problem=problem,
        log=_log_around(job.folder, step),
        checkpoints=_nearest(checkpoint_steps(job.folder), step),
    )


def read_rows(
    job: Job, step: int, first_row: int, num_rows: int, *, is_whole: bool = False
) -> dict[str, Any]:
    """Rows of a step with their documents, read by the helper; ApplicationError says why not."""
    _require_order(job)
    read: dict[str, Any] = helper_call(
        "read_step",
        folder=str(job.folder.root),
        step=step,
        first_row=first_row,
        num_rows=num_rows,
        is_whole=is_whole,
    )
    spans = [span for row in read["rows"] for span in row["spans"]]
    shown = visible_origins(job.project_id, (span["origin"] for span in spans))
    for span, origin in zip(spans, shown, strict=True):
        span["origin"] = origin
    return read


def drawn_batch(
    job: Job, step: int, first_row: int, num_rows: int = BATCH_ROWS_PER_PAGE
) -> dict[str, Any]:
    """The batch of a step as `training.helper.batches` draws it; ApplicationError says why not."""
    _require_order(job)
    drawn: dict[str, Any] = helper_call(
        "draw_batch",
        folder=str(job.folder.root),
        step=step,
        first_row=first_row,
        num_rows=num_rows,
    )
    return drawn


def _require_order(job: Job) -> None:
    if not (job.folder.root / ORDER_INFO_FILE).exists():
        raise ApplicationError(
            _("This job has stored no order of rows: it does not train, or has not begun yet.")
        )


def point_at(folder: JobFolder, name: str, step: int) -> Point | None:
    """The record of a series at exactly this step."""
    series_id = read_index(folder.metrics).get(name)
    if series_id is None:
        return None
    path = series_path(folder.metrics, series_id)
    place = place_of(path, num_records(path), step)
    records = map_records(path, place, place + 1)
    if not len(records) or int(records["step"][0]) != step:
        return None
    return Point(step, float(records["time"][0]), float(records["value"][0]))


def _numbers(job: Job, step: int) -> list[tuple[str | Promise, str]]:
    points = {name: point_at(job.folder, name, step) for name, _kind, _label in _SHOWN}
    own = perplexity_kind(job.spec)
    stats = [Stat(name, kind, label, written(kind, points[name])) for name, kind, label in _SHOWN]
    named = (named_perplexity(stat, own) for stat in stats)
    return [(stat.label, stat.value) for stat in named if stat is not None]


def _log_around(folder: JobFolder, step: int) -> list[LogLine]:
    offset = offset_of_step(folder.log, step)
    if offset is None:
        return []
    before = lines_before(folder.log, offset, _LINES_BEFORE).lines
    return before + lines_from(folder.log, offset, _LINES_AFTER).lines


def _nearest(steps: list[int], step: int) -> list[int]:
    """The last one before or at ``step``, and the first one after it."""
    before = [one for one in steps if one <= step][-1:]
    return before + [one for one in steps if one > step][:1]
