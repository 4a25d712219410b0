"""The first batch of the training in a draft, drawn by the helper before anything is started."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from webapp.builder import plans
from webapp.builder.page import BuilderPage
from webapp.core.errors import ApplicationError
from webapp.jobs.helper import helper_call

NUM_ROWS = 8
#: Fields of a training spec that say which rows come first, and how they are read.
_ASKED = ("batch_size", "batch_ramp", "packing", "objective", "seed", "source_weights", "model")


def first_batch(page: BuilderPage) -> dict[str, Any]:
    """What `training.helper.batches.draw_first_batch` answers; ApplicationError says why not."""
    step = page.draft.step(plans.VERB)
    if step is None:
        raise ApplicationError(_("There is no training here, so there is no batch."))
    tokens = page.choices.artifact(str(step.values.get("tokens") or ""))
    if tokens is None:
        raise ApplicationError(
            _("The tokens are not there yet. Once they are, the batch can be drawn from them.")
        )
    planner = page.planner
    if planner is None or not planner.sequence_length:
        raise ApplicationError(_("Mend the problems of the form first; then it can be drawn."))
    fields = planner.spec.to_dict()
    settings = {name: fields[name] for name in _ASKED if name in fields}
    answer: dict[str, Any] = helper_call(
        "draw_first_batch",
        tokens=str(tokens.folder),
        settings={**settings, "sequence_length": planner.sequence_length},
        num_rows=NUM_ROWS,
    )
    return answer
