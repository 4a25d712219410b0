"""Uploads that hold examples to tune on and no documents: a task set is made of them."""

from __future__ import annotations

from training.corpus.extract.inputs import UPLOAD_FILES
from training.folder.atomic import read_json
from training.tasks.first_row import begins_with_example
from webapp.corpora.models import Upload


def holds_examples(upload: Upload) -> bool:
    """Whether every file of a finished upload begins with an example; False before."""
    if upload.artifact_id is None:
        return False
    files = read_json(upload.folder / UPLOAD_FILES)
    if not isinstance(files, list) or not files:
        return False
    return all(begins_with_example(upload.folder / row["file"], row["name"]) for row in files)
