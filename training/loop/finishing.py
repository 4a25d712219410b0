"""The end of a run: the chosen checkpoint is exported, and what was reached is told."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from training.events import EventKind
from training.export.folder import ExportInfo, export_model, export_tensors
from training.export.verb import describe
from training.loop.base import is_artifact, load_base
from training.loop.callbacks.forgetting import after
from training.loop.callbacks.overflow_watch import overflow_counts
from training.loop.checkpoint import damage, read_checkpoint
from training.loop.run import Run
from training.loop.snapshot import load_model_tensors_into
from training.loop.state import TrainState
from training.loop.tested import tested
from training.loop.tuned import Adapter, tuned_counts
from training.model.generator import generator_in
from training.planning.machine import peak_memory_bytes
from training.report.card import write_card
from training.specs.tuning import AdapterOutput
from training.specs.watching import ExportChoice
from training.tokens.store import TOKENIZER_FOLDER
from training.tuning.lora import adapter_tensors, frozen_tensors, has_adapter, merged_tensors
from training.tuning.lowering import raise_frozen


def finish(run: Run) -> None:
    """Export the chosen checkpoint and say what was reached."""
    step = _exported_step(run)
    measured = {**after(run, step), **tested(run, step)}
    run.job.phase("exporting", step=step)
    with run.job.write_output("model", inputs=_inputs(run)) as artifact:
        describe(_export(run, artifact.path), artifact)
        artifact.counts.update(
            step=step,
            num_steps=run.state.step,
            num_tokens=run.state.num_tokens,
            best_step=run.state.best_step,
            validation_loss=_validation_loss(run.state, step),
            seconds=run.state.elapsed_seconds,
            end_reason=run.state.end_reason,
            peak_memory_bytes=peak_memory_bytes(),
            **overflow_counts(run),
            **tuned_counts(run),
            **measured,
        )
        write_card(run.job.folder, artifact)
    run.job.events.write(EventKind.FINISHED, **artifact.counts)


def _export(run: Run, out: Path) -> ExportInfo:
    """The whole model, or of a LoRA run the adapter when that is what is to be left."""
    tokenizer = run.store.folder / TOKENIZER_FOLDER
    if not has_adapter(run.model):
        if run.spec.objective == "replaced" and run.spec.replaced.keeps_generator:
            export_model(generator_in(run.model), tokenizer, out / "generator")
        return export_model(run.model, tokenizer, out)
    tuning = run.spec.tuning
    if tuning.output == AdapterOutput.MERGED or run.base is None:
        if run.base is not None:
            raise_frozen(run.model, load_base(run.base.folder).tensors)
        return export_tensors(merged_tensors(run.model), run.model_spec, tokenizer, out)
    base = replace(run.base, tensors=frozen_tensors(run.model))
    return Adapter(adapter_tensors(run.model), tuning.lora, base).export(tokenizer, out)


def _inputs(run: Run) -> dict[str, Path]:
    """What the model was made from; a checkpoint is a part of a job and no artifact."""
    inputs = {"tokens": run.store.folder}
    if run.base and is_artifact(run.base.folder):
        inputs["base"] = run.base.folder
    if run.spec.benchmark:
        inputs["benchmark"] = run.job.input(run.spec.benchmark, "benchmark")
    if run.spec.general_tokens:
        inputs["general_tokens"] = run.job.input(run.spec.general_tokens, "tokens")
    return inputs


def _exported_step(run: Run) -> int:
    """Load the best checkpoint's weights where that was asked for; returns the step exported.

    The weights of the last step, which the run holds, stand in for a best one that is not whole.
    """
    state = run.state
    wants_best = run.spec.checkpoints.export == ExportChoice.BEST
    if not wants_best or state.best_step in (0, state.step):
        return state.step
    best = run.job.folder.checkpoint(state.best_step)
    reason = damage(best)
    if reason:
        run.job.warn(
            f"The best checkpoint, {best.name}, is not whole: {reason}. The model is taken from "
            f"the last step, {state.step}, instead.",
            path=best.name,
        )
        return state.step
    load_model_tensors_into(run.model, read_checkpoint(best).tensors)
    return state.best_step


def _validation_loss(state: TrainState, step: int) -> float | None:
    """Of the exported step, which is the best one or the last; None when there is none."""
    loss = state.best_loss if step == state.best_step else state.last_validation_loss
    return loss if math.isfinite(loss) else None
