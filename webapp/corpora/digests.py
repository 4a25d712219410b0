"""SHA-256 of the files of a finished upload, as the artifact tells them."""

from __future__ import annotations

import uuid

from training.corpus.extract.inputs import UPLOAD_FILES
from training.folder.atomic import read_json
from webapp.corpora.models import Upload


def digests_of(upload: Upload) -> dict[uuid.UUID, str]:
    """{id of the file: SHA-256 in hex}; empty before the upload is finished.

    By id: two files of one upload may have the same name. The artifact lists them in their order.
    """
    rows = read_json(upload.folder / UPLOAD_FILES) if upload.artifact_id else None
    if not isinstance(rows, list):
        return {}
    taken = [file.pk for file in upload.files.all() if not file.refused]
    if len(taken) != len(rows):
        return {}
    return {pk: row["sha256"] for pk, row in zip(taken, rows, strict=True)}
