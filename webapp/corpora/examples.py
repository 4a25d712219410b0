"""Uploads that are no documents: examples to tune on, the files of a model or tokenizer."""

from __future__ import annotations

from pathlib import Path

from training.corpus.extract.inputs import UPLOAD_FILES
from training.folder.atomic import read_json
from training.model_files import hold_model, hold_tokenizer
from training.tasks.first_row import begins_with_example
from webapp.corpora.models import Upload


def holds_examples(upload: Upload) -> bool:
    """Whether every file of a finished upload begins with an example; False before."""
    files = _files(upload)
    return bool(files) and all(begins_with_example(path, name) for path, name in files)


def holds_model(upload: Upload) -> bool:
    """Whether a finished upload holds weights, to be imported; False before."""
    return hold_model(_files(upload))


def holds_tokenizer(upload: Upload) -> bool:
    """Whether a finished upload holds a tokenizer without weights, to be imported; False before."""
    return hold_tokenizer(_files(upload))


def _files(upload: Upload) -> list[tuple[Path, str]]:
    """(where it lies, name as sent) of every file; none before the upload is finished."""
    if upload.artifact_id is None:
        return []
    files = read_json(upload.folder / UPLOAD_FILES)
    rows = files if isinstance(files, list) else []
    return [(upload.folder / row["file"], row["name"]) for row in rows]
