"""The verb ``train``: join the world, prepare, train, and leave the model in ``output/``."""

from __future__ import annotations

import gc

from training.events import EventKind
from training.folder.artifact import MANIFEST
from training.folder.job import Job
from training.loop.callbacks.benchmarks import BenchmarkWatch
from training.loop.callbacks.checkpointer import Checkpointer
from training.loop.callbacks.forgetting import Forgetting
from training.loop.callbacks.kernels import KernelReport
from training.loop.callbacks.machine import MachineWatch
from training.loop.callbacks.overflow_watch import OverflowWatch
from training.loop.callbacks.reporter import Reporter
from training.loop.callbacks.sampler import Sampler
from training.loop.callbacks.spike_watch import RollBackWantedError, SpikeWatch
from training.loop.callbacks.validator import Validator
from training.loop.planned import write_plan
from training.loop.rollback import go_back
from training.loop.run import Callback, Run
from training.loop.setup import prepare_run
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.parallel.world import World, join_world, leave_world
from training.specs.train import TrainSpec


def run(spec: TrainSpec, job: Job) -> None:
    """Train, or go on training, in ``job.folder``. Called in every process of the run."""
    if (job.folder.output / MANIFEST).exists():
        job.events.write(EventKind.NOTE, message="The run had already finished.")
        return
    world = join_world(spec.num_processes, spec.device)
    stop_watch = StopWatch(job)
    try:
        state, is_finished = _train(spec, job, world, stop_watch)
        if not world.is_main:
            return
        if is_finished:
            # Export, card and tests are nothing that the first step should wait for.
            from training.loop.finishing import finish

            finish(state)
        else:
            job.events.write(EventKind.STOPPED, step=state.state.step, wanted=stop_watch.reason())
    finally:
        stop_watch.close()
        leave_world()


def _train(spec: TrainSpec, job: Job, world: World, stop_watch: StopWatch) -> tuple[Run, bool]:
    """The run at its end, and whether that is its own; goes back as often as steps demand."""
    while True:
        run = prepare_run(spec, job, world)
        if world.is_main:
            write_plan(run)
        callbacks: list[Callback] = [
            KernelReport(),
            Reporter(),
            OverflowWatch(),
            SpikeWatch(),
            MachineWatch(),
            Validator(),
            Forgetting(),
            BenchmarkWatch(),
            Sampler(),
            Checkpointer(),
        ]
        try:
            return run, Trainer(run, callbacks, stop_watch).train()
        except RollBackWantedError as trouble:
            go_back(run, trouble)
        # Before another model is built beside it.
        del run, callbacks
        gc.collect()
