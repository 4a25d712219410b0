"""Task sets to tokens: the training and validation rows of a set, each an example with a mask.

The test rows stand in a file of their own, which is not opened here: neither their text nor their
number of tokens gets into the store.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.stopping import check_stop, ends_on_stop
from training.errors import DataError
from training.folder.artifact import load_manifest
from training.folder.job import Job
from training.specs.tokenize import TokenizeSpec
from training.tasks.encoding import Encoded, ExampleEncoder
from training.tasks.taskset import TRAIN, VALIDATION, TaskSet
from training.tokenizers.load import CHAT_TEMPLATE_FILE, copy_tokenizer, vocabulary
from training.tokens.fit import write_fit
from training.tokens.store import TOKENIZER_FOLDER
from training.tokens.writer import StoreWriter
from training.vocabulary.record import FitRecord

_BATCH_ROWS = 512


def tokenize_tasks(spec: TokenizeSpec, job: Job, folder: Path, kind: str) -> None:
    """Write the store; ``folder`` is the tokenizer's, of the ``kind`` tokenizer or model.

    DataError when no training example is left.
    """
    tasks = TaskSet.open(job.input(spec.tasks, "tasks"))
    encoder = ExampleEncoder(folder, spec.examples.template, tasks.shape)
    inputs = {"tasks": tasks.folder, kind: folder}
    with ends_on_stop(job), job.write_output("tokens", inputs=inputs) as artifact:
        copy_tokenizer(folder, artifact.path / TOKENIZER_FOLDER)
        if encoder.chat is not None:
            # Whoever asks the trained model asks it in the form that it was taught.
            template = artifact.path / TOKENIZER_FOLDER / CHAT_TEMPLATE_FILE
            template.write_text(encoder.chat.source, encoding="utf-8")
        known = vocabulary(folder, encoder.tokenizer)
        with StoreWriter(
            artifact.path,
            vocab_size=known.size,
            eos_id=known.eos_id,
            tokenizer=load_manifest(folder).id,
            template=encoder.template.name if encoder.chat is not None else "",
            too_long=spec.examples.too_long,
        ) as writer:
            fit = FitRecord(folder, sum(path.stat().st_size for path in tasks.folder.glob("*")))
            writing = _Writing(tasks, encoder, writer, job, fit)
            for split in (TRAIN, VALIDATION):
                writing.split(split)
            info = writer.info()
        writing.tell()
        if not info.splits[TRAIN][1]:
            raise DataError(
                "No training example is left.",
                advice="The log says why rows were left out; another template may take them.",
            )
        write_fit(fit, artifact.path, job, has_base=bool(spec.model))
        offsets = np.fromfile(artifact.path / "offsets.bin", dtype="<i8")
        artifact.counts.update(
            documents=info.num_documents,
            tokens=info.num_tokens,
            loss_tokens=writing.num_loss_tokens,
            left_out=sum(writing.left_out.values()),
            vocab_size=info.vocab_size,
            **split_counts(info.splits, offsets),
        )


def split_counts(
    splits: dict[str, tuple[int, int]], offsets: npt.NDArray[np.int64]
) -> dict[str, int]:
    """Documents and tokens of each split, for the manifest."""
    counts = {}
    for name, (first, last) in splits.items():
        counts[f"{name}_documents"] = last - first
        counts[f"{name}_tokens"] = int(offsets[last] - offsets[first])
    return counts


class _Writing:
    """Encodes rows of a task set into a writer; counts what is left out, and why."""

    def __init__(
        self,
        tasks: TaskSet,
        encoder: ExampleEncoder,
        writer: StoreWriter,
        job: Job,
        fit: FitRecord,
    ) -> None:
        self.tasks, self.encoder, self.writer, self.job = tasks, encoder, writer, job
        self.fit = fit
        self.num_loss_tokens = 0
        self.left_out: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._num_read = 0
        self._num_rows = tasks.splits[TRAIN] + tasks.splits[VALIDATION]

    def split(self, name: str) -> None:
        """Append the examples of one split."""
        self.job.phase(f"encoding {name}")
        self.writer.start(name)
        waiting = self.tasks.rows(name)
        while rows := list(islice(waiting, _BATCH_ROWS)):
            check_stop(self.job)
            for row, encoded in zip(rows, self.encoder.encode(rows), strict=True):
                self._add(row, encoded)
            self._num_read += len(rows)
            self.job.progress(self._num_read, self._num_rows, "rows")

    def tell(self) -> None:
        """Warn of every reason for which rows were left out, with the first of them."""
        for reason, count in self.left_out.items():
            rows = "1 row was" if count == 1 else f"{count:,} rows were"
            self.job.warn(f"{rows} left out: {reason} (the first is {self._first[reason]}).")

    def _add(self, row: dict[str, Any], encoded: Encoded | str) -> None:
        origin = row["origin"]
        if isinstance(encoded, str):
            self.left_out[encoded] += 1
            self._first.setdefault(encoded, f"{origin['file']} line {origin['line']}")
            return
        self.num_loss_tokens += int(encoded.has_loss.sum())
        self.writer.add_example(row["row_id"], origin["file"], encoded.ids, encoded.has_loss)
        self.fit.add(row["row_id"], encoded.text, encoded.ids)
