"""Going back: the last checkpoint before the trouble, and a course past what was read since.

The decision is one file, written whole (``order.json``): whoever starts the run next, in this
process or after a kill, finds it, and checkpoints of the steps that never were are recognised by
the roll-backs that they had seen.
"""

from __future__ import annotations

from training.errors import NotFiniteError
from training.events import EventKind
from training.folder.layout import JobFolder
from training.loop.callbacks.spike_watch import RollBackWantedError
from training.loop.checkpoint import (
    checkpoint_paths,
    damage,
    discard,
    is_scheduled,
    read_state,
    step_of,
)
from training.loop.ordering import store_course
from training.loop.run import Run
from training.parallel.reduce import reduce_sums
from training.planning.course import Course
from training.specs.spikes import SpikePart
from training.tokens.order import rows_at_step

_MOST_ROWS = 8


def go_back(run: Run, trouble: RollBackWantedError) -> None:
    """Decide where to go on. Collective. NotFiniteError when the run has gone back too often."""
    done, part = run.course.num_rollbacks(trouble.step), run.spec.spikes
    if done >= part.max_rollbacks:
        raise _given_up(run, trouble, done, part)
    target = 0
    if run.world.is_main:
        target = _target(run.job.folder, run.course, before=trouble.skipped[0])
    (target,) = map(int, reduce_sums([float(target)], run.world))
    course = run.course.rolled_back(target, trouble.step)
    store_course(run.spec, run.job, run.world, run.rows, course)
    num_rows = course.left_out[-1].num_rows
    run.job.events.write(
        EventKind.ROLLED_BACK,
        step=trouble.step,
        to_step=target,
        number=done + 1,
        skipped=trouble.skipped,
        num_rows=num_rows,
        rows=[row.as_dict() for row in trouble.rows],
        message=_told(trouble, target, num_rows),
    )


def remove_abandoned(folder: JobFolder, course: Course) -> None:
    """Delete checkpoints of steps that the run has gone back from since."""
    for path in checkpoint_paths(folder):
        kept = read_state(path)
        if kept and kept.state.num_rollbacks != course.num_rollbacks(kept.state.step):
            discard(path)


def _target(folder: JobFolder, course: Course, *, before: int) -> int:
    """The newest whole checkpoint before the trouble that would be there without any stop.

    One that the run went back to already is the last choice: its weights may be the trouble. 0,
    the beginning, when there is none.
    """
    used = {one.step - 1 for one in course.left_out}
    steps = [
        step_of(path)
        for path in reversed(checkpoint_paths(folder))
        if step_of(path) < before and is_scheduled(path) and not damage(path)
    ]
    fresh = [step for step in steps if step not in used]
    return next(iter([*fresh, *steps]), 0)


def _told(trouble: RollBackWantedError, target: int, num_rows: int) -> str:
    skipped = ", ".join(f"{step:,}" for step in trouble.skipped)
    start = f"the checkpoint of step {target:,}" if target else "the beginning: nothing was saved"
    told = (
        f"Too many steps were skipped ({skipped}): the run goes back to {start}, and on past the "
        f"{num_rows:,} rows that it had read since."
    )
    return f"{told} Look at {'; '.join(map(str, trouble.rows))}." if trouble.rows else told


def _given_up(run: Run, trouble: RollBackWantedError, done: int, part: SpikePart) -> NotFiniteError:
    skipped = ", ".join(f"{step:,}" for step in trouble.skipped)
    rows = rows_at_step(run.order, trouble.skipped[-1], run.course)
    shown = ", ".join(str(int(row)) for row in rows[:_MOST_ROWS])
    return NotFiniteError(
        f"Too many steps were skipped for their loss or gradient ({skipped}), after the run had "
        f"gone back {done} of {part.max_rollbacks} times. The last of them read rows {shown}"
        f"{', ...' if len(rows) > _MOST_ROWS else ''}.",
        advice="Lower optimizer.learning_rate, lengthen schedule.warmup_steps or lower "
        "optimizer.clip_norm; the last checkpoint is whole.",
    )
