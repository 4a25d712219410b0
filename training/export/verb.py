"""The verb ``export``: a training checkpoint becomes a model artifact in Hugging Face's layout."""

from __future__ import annotations

import os
from pathlib import Path

from training.errors import CheckpointError
from training.events import EventKind
from training.export.folder import ExportInfo, export_tensors
from training.folder.artifact import ArtifactDraft
from training.folder.job import Job
from training.specs.export import ExportSpec


def run(spec: ExportSpec, job: Job) -> None:
    """Read the checkpoint's weights, write ``output/``.

    Raises CheckpointError when the checkpoint is missing or not whole, DataError when the
    tokenizer is none.
    """
    from training.loop.checkpoint import load_model_tensors

    job.events.write(EventKind.STARTED)
    checkpoint = Path(os.path.realpath(job.folder.root / spec.checkpoint))
    if not os.path.isdir(checkpoint):  # noqa: PTH112 - Path's raises for names that are too long
        raise CheckpointError(
            f"checkpoint: there is no folder {os.path.relpath(checkpoint)}.",
            advice="Name a step-NNNNNNNN folder of a training job.",
        )
    inputs = {"tokenizer": job.input(spec.tokenizer, "tokenizer")} if spec.tokenizer else {}
    tensors, model = load_model_tensors(checkpoint)
    with job.write_output("model", inputs=inputs) as draft:
        info = export_tensors(tensors, model, inputs.get("tokenizer"), draft.path)
        describe(info, draft)
    if not info.is_native:
        job.warn(f"The model keeps Trainyard's own class. {info.reason}")
    job.events.write(EventKind.FINISHED, architecture=info.architecture)


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
