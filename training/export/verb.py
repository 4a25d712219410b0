"""The verb ``export``: a training checkpoint becomes a model artifact in Hugging Face's layout."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from training.errors import CheckpointError
from training.events import EventKind
from training.export.adapter import ADAPTER_CONFIG
from training.export.folder import ExportInfo, export_tensors
from training.folder.artifact import ArtifactDraft
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.report.card import is_run, write_card
from training.specs.export import ExportSpec
from training.specs.tuning import AdapterOutput

#: (tokenizer folder or None, folder to write into)
Writer = Callable[[Path | None, Path], ExportInfo]


def run(spec: ExportSpec, job: Job) -> None:
    """Read the checkpoint's weights, write ``output/``.

    Raises CheckpointError when the checkpoint is missing or not whole, DataError when the
    tokenizer is none, or when an adapter is asked for and there is none.
    """
    job.events.write(EventKind.STARTED)
    folder = _folder(spec, job)
    inputs = {"tokenizer": job.input(spec.tokenizer, "tokenizer")} if spec.tokenizer else {}
    write, made_from = _writer(folder, spec.output)
    with job.write_output("model", inputs={**inputs, **made_from}) as draft:
        info = write(inputs.get("tokenizer"), draft.path)
        describe(info, draft)
        _write_card(folder, draft)
    if not info.is_native:
        job.warn(f"The model keeps Trainyard's own class. {info.reason}")
    job.events.write(EventKind.FINISHED, architecture=info.architecture)


def _write_card(checkpoint: Path, draft: ArtifactDraft) -> None:
    """The model card, where the checkpoint still lies in the folder of its run."""
    from training.loop.checkpoint import step_of

    run = JobFolder(checkpoint.parents[1])
    if is_run(run.root) and checkpoint.parent == run.checkpoints:
        write_card(run, draft, step=step_of(checkpoint))


def _writer(folder: Path, output: AdapterOutput) -> tuple[Writer, dict[str, Path]]:
    """What writes the model that is asked for, and the artifacts that it is made from."""
    from training.loop.base import is_artifact, load_base
    from training.loop.checkpoint import load_model_tensors
    from training.loop.tuned import load_adapter

    is_adapter = (folder / ADAPTER_CONFIG).exists()
    if is_artifact(folder) and not is_adapter:
        # Refuses it, because it is no checkpoint.
        load_model_tensors(folder)
    if output == AdapterOutput.ADAPTER:
        adapter = load_adapter(folder)
        base = adapter.base.folder
        return adapter.export, {"base": base} if is_artifact(base) else {}
    model = load_base(folder)

    def write(tokenizer: Path | None, out: Path) -> ExportInfo:
        return export_tensors(model.tensors, model.spec, tokenizer or model.tokenizer, out)

    return write, {"adapter": folder} if is_adapter else {}


def _folder(spec: ExportSpec, job: Job) -> Path:
    folder = Path(os.path.realpath(job.folder.root / spec.checkpoint))
    if not os.path.isdir(folder):  # noqa: PTH112 - Path's raises for names that are too long
        raise CheckpointError(
            f"checkpoint: there is no folder {os.path.relpath(folder)}.",
            advice="Name a step-NNNNNNNN folder of a training job.",
        )
    return folder


def describe(info: ExportInfo, draft: ArtifactDraft) -> None:
    """Title and counts of the artifact."""
    draft.title = info.architecture
    draft.counts.update(
        num_parameters=info.num_parameters,
        num_weight_bytes=info.num_bytes,
        architecture=info.architecture,
        is_native=info.is_native,
        reason=info.reason,
        is_adapter=info.is_adapter,
    )
