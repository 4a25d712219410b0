"""The verb ``import``: a foreign model becomes a model artifact in the layout of our own."""

from __future__ import annotations

import shutil

from training.errors import DataError
from training.events import EventKind
from training.export.folder import export_tensors
from training.export.native import Tensors
from training.export.verb import describe
from training.folder.job import Job
from training.importing.gguf import read_gguf
from training.importing.source import CONFIG, Source, find_source
from training.importing.tokenizer import stage_tokenizer
from training.importing.weights import read_json_file, read_safetensors
from training.specs.huggingface import spec_of_config
from training.specs.importing import ImportSpec
from training.specs.model import ModelSpec

_MAX_CONFIG_BYTES = 1 << 20
_LISTED = 8
_MAX_TITLE_CHARS = 120


def run(spec: ImportSpec, job: Job) -> None:
    """Read config, weights and tokenizer; write ``output/``. DataError says what is refused."""
    job.events.write(EventKind.STARTED)
    job.phase("looking at the files")
    tokenizer = job.folder.root / "tokenizer.tmp"
    try:
        source = find_source(spec, job)
        if source.gguf:
            job.phase("reading the weights")
            model, tensors = read_gguf(source, tokenizer)
        else:
            model, tensors = _read_folder(source, job)
            stage_tokenizer(source, model, tokenizer)
        inputs = {"upload": job.input(spec.upload, "upload")} if spec.upload else {}
        job.phase("writing the model")
        with job.write_output("model", inputs=inputs) as draft:
            info = export_tensors(tensors, model, tokenizer, draft.path)
            describe(info, draft)
            draft.title = spec.title or source.name[:_MAX_TITLE_CHARS] or info.architecture
            draft.counts.update(is_imported=True, source=source.gguf or "safetensors")
    finally:
        shutil.rmtree(tokenizer, ignore_errors=True)
        shutil.rmtree(job.folder.root / "unpacked.tmp", ignore_errors=True)
    job.events.write(
        EventKind.FINISHED, architecture=info.architecture, num_parameters=info.num_parameters
    )


def _read_folder(source: Source, job: Job) -> tuple[ModelSpec, Tensors]:
    config = read_json_file(source.files[CONFIG], CONFIG, _MAX_CONFIG_BYTES)
    model, dropped = spec_of_config(config)
    if dropped:
        job.warn(
            f"config.json: {len(dropped)} keys that this class does not use were left out: "
            f"{', '.join(key[:40] for key in dropped[:_LISTED])}.",
        )
    job.phase("reading the weights")
    model = model.resolve()
    tensors = read_safetensors(source, model)
    if not tensors:
        raise DataError("The model has no weights.")
    return model, tensors
