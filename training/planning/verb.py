"""The verb ``plan``: plan.json in the job folder and a table in the log."""

from __future__ import annotations

import sys

from training.events import EventKind
from training.folder.atomic import write_json
from training.folder.job import Job
from training.planning.comparison import PLAN
from training.planning.plan import plan_training, planned_device
from training.planning.speed import CALIBRATION, Calibration, calibration_file, read_calibration
from training.planning.table import as_table
from training.registry import load_dotted
from training.specs.plan import PlanSpec


def run(spec: PlanSpec, job: Job) -> None:
    """Plan the run and write the plan down."""
    job.events.write(EventKind.STARTED)
    plan = plan_training(
        spec,
        tokens_at_hand=spec.tokens_at_hand,
        price_per_device_hour=spec.price_per_device_hour,
        calibration=_measured(spec, job),
    )
    write_json(job.folder.root / PLAN, plan.as_dict())
    sys.stdout.write(as_table(plan))
    job.events.write(EventKind.FINISHED)


def _measured(spec: PlanSpec, job: Job) -> Calibration | None:
    """Measured now where that is asked for, else as it was kept."""
    if not spec.measures_machine:
        return read_calibration(calibration_file())
    # by name: planning comes before torch, and only this choice pays for importing it
    calibrate = load_dotted("training.parallel.calibration:calibrate")
    measured = calibrate(job.folder.root / CALIBRATION, planned_device(spec), job)
    assert isinstance(measured, Calibration)
    return measured
