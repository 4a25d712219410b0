"""The plan of a run, stored beside it when it begins, to be held against what is measured."""

from __future__ import annotations

from typing import Any

from training.folder.atomic import write_json
from training.loop.run import Run
from training.planning.comparison import PLAN
from training.planning.plan import plan_training
from training.planning.speed import calibration_file, read_calibration
from training.specs.packing import Isolation
from training.tokens.efficiency import measure


def write_plan(run: Run) -> None:
    """``plan.json``, once in the life of a run: a plan that is made afterwards is none."""
    path = run.job.folder.root / PLAN
    if path.exists():
        return
    first, last = run.store.documents("train")
    start, end = run.store.token_range("train")
    keeps_apart = run.spec.packing.isolation == Isolation.DOCUMENT
    plan = plan_training(
        run.spec,
        model=run.model_spec,
        tokens_at_hand=end - start,
        calibration=read_calibration(calibration_file()),
        document_length=(end - start) // max(1, last - first) if keeps_apart else 0,
    )
    write_json(path, {**plan.as_dict(), "packing": packing_figures(run)})


def packing_figures(run: Run) -> dict[str, Any]:
    """How well the run's rows are filled, and how much of the attention their mask blocks."""
    figures = measure(run.rows).as_dict(
        run.spec.packing.isolation, is_causal=run.model_spec.is_causal
    )
    return {**figures, "left_out": run.rows.num_dropped_tokens}
