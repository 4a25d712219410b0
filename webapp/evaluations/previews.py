"""What the helper is asked before a benchmark is made of rows, or put to a model."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from training.folder.artifact import MANIFEST
from webapp.builder.drafts import Draft, Step
from webapp.builder.page import BuilderPage
from webapp.core.errors import ApplicationError
from webapp.corpora.file_reports import FileReport, file_reports
from webapp.evaluations.selectors import BENCHMARK
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact
from webapp.jobs.references import ARTIFACT

VERB = "evaluate"
PAGE_SIZE = 5
_MODEL = "model"
_CHECKPOINT = re.compile(r"checkpoints/step-\d+")
#: Fields of an evaluate spec that say how items are asked and looked for.
_ASKED = ("prompt", "contamination")


def asked_step(page: BuilderPage) -> Step:
    """The only step of the page."""
    return page.draft.steps[0]


def take_newest_model(page: BuilderPage) -> BuilderPage:
    """The page with the newest model named where none is; the page itself where there is none."""
    step, models = asked_step(page), page.choices.artifacts.get(_MODEL, [])
    there = next((one for one in models if (one.folder / MANIFEST).is_file()), None)
    if step.values.get(_MODEL) or there is None:
        return page
    step.values[_MODEL] = f"{ARTIFACT}:{there.pk}"
    return BuilderPage(page.project, page.draft)


def items_preview(page: BuilderPage, number: int = 1) -> dict[str, Any]:
    """`training.helper.asking.preview_items` of an evaluate page; ApplicationError says why not."""
    benchmark, values = chosen_benchmark(page), asked_step(page).values
    found: dict[str, Any] = helper_call(
        "preview_items",
        folder=str(benchmark.folder),
        model=str(_model_folder(page)),
        settings={name: values[name] for name in _ASKED if isinstance(values.get(name), dict)},
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )
    return found


def left_out(page: BuilderPage) -> list[FileReport]:
    """Files of the benchmark with rows that could not be used, each with place and rule."""
    return [file for file in file_reports(chosen_benchmark(page)) if file.is_faulty]


def chosen_benchmark(page: BuilderPage) -> Artifact:
    """The benchmark that the form names; ApplicationError when there is none yet."""
    found = page.choices.artifact(str(asked_step(page).values.get(BENCHMARK) or ""))
    if found is None:
        raise ApplicationError(
            _("Choose a benchmark that is there: what is still being made cannot be shown.")
        )
    return found


def _model_folder(page: BuilderPage) -> Path:
    named = str(asked_step(page).values.get(_MODEL) or "")
    artifact = page.choices.artifact(named)
    if artifact is not None:
        return artifact.folder
    for text, job in page.choices.folders:
        inside = named.partition("/")[2]
        if text == named and _CHECKPOINT.fullmatch(inside):
            return job.folder.root / inside
    raise ApplicationError(
        _("Choose a model or a checkpoint that is there: its tokens decide how items are read.")
    )


def rows_preview(page: BuilderPage, file: str = "") -> dict[str, Any]:
    """`training.helper.asking.preview_item_rows` of a benchmark page."""
    values = asked_step(page).values
    upload = page.choices.artifact(str(values.get("upload") or ""))
    if upload is None:
        raise ApplicationError(
            _("Choose an upload that is there: rows of files on the server are read by the job.")
        )
    columns = values.get("columns")
    found: dict[str, Any] = helper_call(
        "preview_item_rows",
        upload=str(upload.folder),
        file=file,
        kind=str(values.get("kind") or "auto"),
        columns=columns if isinstance(columns, dict) else {},
        answers=str(values.get("answers") or "auto"),
    )
    return found


def page_of(project: Any, verb: str, values: dict[str, Any]) -> BuilderPage:
    """A builder page of one step with these values."""
    return BuilderPage(project, Draft(verb, [Step(verb, values)]))
