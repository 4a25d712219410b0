"""After which steps the host reads what the device has computed: the same ones on every rank."""

from __future__ import annotations

from training.loop.run import Run, StepResult

#: On a GPU. Fewer would make the host wait more often, more let trouble go unseen for longer.
_LOOK_EVERY = 8


def comes_to_rest(run: Run, result: StepResult) -> bool:
    """Whether something is saved or validated after this step, or nothing follows it."""
    every = (run.spec.checkpoints.every_steps, run.spec.validation.every_steps)
    is_due = any(steps and result.step % steps == 0 for steps in every)
    return is_due or result.step == run.spec.num_steps or result.is_stop_wanted


def is_looked_at(run: Run, result: StepResult) -> bool:
    """Every step on a CPU, where nothing waits."""
    is_cpu = run.world.device.type == "cpu"
    return is_cpu or result.step % _LOOK_EVERY == 0 or comes_to_rest(run, result)
