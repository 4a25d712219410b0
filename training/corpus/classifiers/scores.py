"""The ``scores`` artifact: one number for each document, by its id, and which classifier said it.

``scores-00000.parquet`` ... hold ``doc_id`` and ``score``; of a list of words also ``hits`` and
``kinds``. ``scores.json`` holds the classifier's id and what it is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.classifiers.classifier import Classifier
from training.corpus.classifiers.columns import SCORE_FIELDS
from training.errors import DataError
from training.folder.artifact import require_described
from training.folder.atomic import write_json

KIND = "scores"
INFO_FILE = "scores.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Scores:
    """What a scores artifact says of itself."""

    classifier_id: str
    classifier: Classifier
    documents_id: str

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read it; DataError when it is none, or of a newer Trainyard."""
        advice = "Score the documents again."
        _manifest, info = require_described(
            folder, KIND, INFO_FILE, FORMAT_VERSION,
            keys=("classifier_id", "classifier", "documents_id"), advice=advice,
        )  # fmt: skip
        try:
            classifier = Classifier.parsed(info["classifier"])
        except (TypeError, KeyError, ValueError) as error:
            raise DataError(
                f"{folder.parent.name}/{folder.name} holds no scores that can be read.",
                advice=advice,
            ) from error
        return cls(info["classifier_id"], classifier, info["documents_id"])

    def save(self, folder: Path) -> None:
        """Write ``scores.json``."""
        write_json(folder / INFO_FILE, {"format_version": FORMAT_VERSION, **asdict(self)})


def scores_file(shard: int) -> str:
    """The name of a shard's file."""
    return f"scores-{shard:05d}.parquet"


def score_batch(doc_ids: pa.Array, values: npt.NDArray[np.float32]) -> pa.RecordBatch:
    """A record batch of ids and [documents, columns] values."""
    names = SCORE_FIELDS[: values.shape[1]]
    arrays = [pa.array(np.ascontiguousarray(values[:, place])) for place in range(len(names))]
    return pa.RecordBatch.from_arrays([doc_ids, *arrays], names=["doc_id", *names])


def write_scores(path: Path, batches: list[pa.RecordBatch]) -> int:
    """A whole file of scores, which appears when it is complete; returns its documents."""
    nobody = score_batch(pa.array([], pa.binary(16)), np.zeros((0, 1), dtype=np.float32))
    table = pa.Table.from_batches(batches or [nobody])
    temporary = path.with_suffix(".tmp")
    pq.write_table(table, temporary, compression="zstd")
    temporary.rename(path)
    return int(table.num_rows)
