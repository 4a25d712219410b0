"""From a spec to a run that can step: store, order, model, optimizer, and the newest checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from training.errors import Problem, SpecError
from training.events import EventKind
from training.folder.artifact import library_versions
from training.folder.job import Job
from training.folder.series import MetricWriter
from training.loop.allocator import keep_freed_memory
from training.loop.base import Base
from training.loop.checkpoint import (
    newest_whole,
    read_checkpoint,
    remove_leftovers,
    set_aside,
    step_of,
)
from training.loop.loss_scale import LossScale
from training.loop.optimizer import build_optimizer, choice_of, trainable
from training.loop.ordering import stored_order
from training.loop.planned import packing_figures
from training.loop.precision import LOWERED
from training.loop.rollback import remove_abandoned
from training.loop.run import Run
from training.loop.snapshot import restore_snapshot
from training.loop.spikes import SpikeRule
from training.loop.tuned import base_of, require_same_base, with_base
from training.model.building import build_model, model_of_tensors
from training.model.network import TrainyardModel
from training.model.transformer import Decoder
from training.objectives.objective import Setting
from training.parallel.reduce import reduce_sums
from training.parallel.world import World
from training.planning.machine import machine_facts
from training.registry import OBJECTIVES, TUNINGS, load_dotted
from training.specs.kernels import require_compiler
from training.specs.model import ModelSpec
from training.specs.optimization import Precision
from training.specs.packing import Isolation
from training.specs.train import TrainSpec
from training.tokens.fit import warn_of_health
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore
from training.tuning.lowering import lower_frozen


def prepare_run(spec: TrainSpec, job: Job, world: World) -> Run:
    """Build everything and put the newest whole checkpoint back, if there is one."""
    require_compiler(spec)
    torch.set_num_threads(spec.num_threads)
    if world.device.type == "cpu":
        keep_freed_memory()
    # Ranks draw different dropout masks; the weights come from the seed alone.
    torch.manual_seed(spec.seed * 1_000_003 + world.rank)
    store = TokenStore.open(job.input(spec.tokens, "tokens"))
    base = base_of(spec, job, store)
    if base is not None:
        spec = with_base(spec, base)
    rows = rows_of_split(store, "train", spec.sequence_length, spec.packing)
    if world.is_main:
        warn_of_long_rows(spec, job, store)
        warn_of_health(store.folder, job, has_base=bool(spec.base))
        for note in rows.notes():
            job.warn(note)
    model_spec = with_vocabulary(spec.model, store.info.vocab_size)
    row = OBJECTIVES[spec.objective]
    model = _model(spec, model_spec, base)
    if row.companion:
        load_dotted(row.companion)(model, spec)
    _choose_kernels(model, spec)
    model = model.to(world.device)
    order, course = stored_order(spec, job, world, rows)
    run = Run(
        spec=spec,
        job=job,
        world=world,
        store=store,
        rows=rows,
        order=order,
        course=course,
        model_spec=model_spec,
        model=model,
        objective=row.load()(Setting(spec, model_spec, store)),
        optimizer=build_optimizer(model, spec.optimizer),
        metrics=MetricWriter(job.folder.metrics) if world.is_main else None,
        spikes=SpikeRule(spec.spikes, world.device),
        loss_scale=_loss_scale(spec, world),
        base=base.without_tensors() if base else None,
    )
    _resume(run)
    return run


def _model(spec: TrainSpec, model_spec: ModelSpec, base: Base | None) -> TrainyardModel:
    """New weights, or the base's, of which the tuning method says what learns."""
    if base is None:
        return build_model(model_spec, spec.seed)
    model = model_of_tensors(model_spec, base.tensors)
    TUNINGS[spec.tuning.method].load()(model, spec.tuning, spec.seed)
    if spec.precision in LOWERED:
        lower_frozen(model, LOWERED[spec.precision])
    return model


def _choose_kernels(model: TrainyardModel, spec: TrainSpec) -> None:
    """What is computed again, and whether blocks are compiled; of a generator's blocks too."""
    # Compiling is imported where it is asked for: dynamo takes seconds.
    compiled = load_dotted("training.model.compiling:CompiledBlock")() if spec.compiles else None
    for module in model.modules():
        if isinstance(module, Decoder):
            module.recomputation = spec.recomputation
            module.compiled = compiled


def _loss_scale(spec: TrainSpec, world: World) -> LossScale | None:
    """In fp16 alone: bf16 reaches as far as fp32."""
    if spec.precision != Precision.FP16:
        return None
    tokens = spec.micro_batch_size * spec.sequence_length
    return LossScale(spec.loss_scaling, tokens, world.device)


def warn_of_long_rows(spec: TrainSpec, job: Job, store: TokenStore) -> None:
    """Say when no document is as long as a row, so that a part of the context is never used."""
    first, last = store.documents("train")
    longest = int(np.diff(store.offsets[first : last + 1]).max(initial=0))
    is_filled = spec.sequence_length <= longest or store.info.has_loss_mask
    if spec.packing.isolation != Isolation.DOCUMENT or is_filled:
        return
    job.warn(
        f"sequence_length: rows of {spec.sequence_length:,} tokens are longer than the longest "
        f"document ({longest:,} tokens). Documents do not see each other, so no token sees more "
        f"than {longest:,} before it. {longest:,} or less learns the same for less; or set "
        "packing.isolation to none.",
        field="sequence_length",
    )


def with_vocabulary(model: ModelSpec, vocab_size: int) -> ModelSpec:
    """The model with the tokenizer's vocabulary; SpecError when it has fewer rows than needed."""
    if not model.vocab_size:
        return model.replace(vocab_size=vocab_size)
    if model.vocab_size < vocab_size:
        raise SpecError(
            [
                Problem(
                    "model.vocab_size",
                    "the tokenizer has more pieces than the model has rows for",
                    got=str(model.vocab_size),
                    expected=f"0 or at least {vocab_size}",
                    hint="Leave it at 0 to take the tokenizer's size.",
                    fix=(("model.vocab_size", 0),),
                )
            ]
        )
    return model


def _resume(run: Run) -> None:
    """Go on from the newest whole checkpoint; without one, start anew. Tells what happened."""
    path = _newest_checkpoint(run)
    has_history = bool(run.metrics and (run.metrics.lengths() or path))
    lengths: dict[str, int] = {}
    if path is not None:
        snapshot = read_checkpoint(path)
        require_same_base(run, snapshot)
        restore_snapshot(
            snapshot,
            run.model,
            run.optimizer,
            run.world,
            run.loop_tensors(),
            run.spec.optimizer,
        )
        run.state = snapshot.state
        lengths = snapshot.extra["metric_lengths"]
    if run.metrics and has_history:
        run.job.events.generation = run.metrics.start_generation(lengths)
    kind = EventKind.RESUMED if has_history else EventKind.STARTED
    run.job.events.write(
        kind,
        step=run.state.step,
        checkpoint=path.name if path else None,
        device=str(run.world.device),
        num_processes=run.world.size,
        num_threads=run.spec.num_threads,
        precision=str(run.spec.precision),
        optimizer=choice_of(run.spec.optimizer).kernel,
        recomputation=str(run.spec.recomputation),
        num_parameters=sum(p.numel() for p in run.model.parameters()),
        num_trainable=sum(p.numel() for _, p in trainable(run.model)),
        base=run.base.identity.as_dict() if run.base else None,
        tuning=run.spec.tuning.method,
        num_rows=len(run.rows),
        packing=packing_figures(run),
        libraries=library_versions(),
        machine=machine_facts(),
    )


def _newest_checkpoint(run: Run) -> Path | None:
    """Where to go on. Collective: rank 0 looks and clears up, the others are told the step.

    What is damaged is set aside: it must neither be looked at again nor count as one that is kept.
    """
    folder, step = run.job.folder, 0
    if run.world.is_main:
        remove_leftovers(folder)
        remove_abandoned(folder, run.course)
        found = newest_whole(folder)
        for path, reason in found.damaged:
            run.job.events.write(EventKind.CHECKPOINT_SKIPPED, path=path.name, message=reason)
            set_aside(path)
        step = step_of(found.path) if found.path else 0
    (step,) = map(int, reduce_sums([float(step)], run.world))
    return folder.checkpoint(step) if step else None
