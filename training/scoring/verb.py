"""The verb ``score``: documents and a classifier in, a ``scores`` artifact out.

Light classifiers score shard by shard; an encoder, which is slow, one row group after another, so
that progress is seen and a stopped or killed job loses little.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.classifiers.classifier import KIND as CLASSIFIER
from training.corpus.classifiers.classifier import Classifier
from training.corpus.classifiers.columns import LightScorer, light_scorer
from training.corpus.classifiers.scores import (
    KIND,
    Scores,
    score_batch,
    scores_file,
    write_scores,
)
from training.corpus.documents import Documents, shard_batches
from training.corpus.executor import CheckStop, ShardRunner, work_folder
from training.corpus.language.identify import languages_of
from training.corpus.signals.batch import TextBatch
from training.corpus.stopping import KEPT, ends_on_stop
from training.folder.artifact import load_manifest
from training.folder.atomic import link_or_copy
from training.folder.job import Job
from training.planning.machine import num_cores
from training.specs.fit_classifier import Form
from training.specs.score import ScoreSpec

#: Texts that an encoder is handed at once.
_PART_TEXTS = 256


def run(spec: ScoreSpec, job: Job) -> None:
    """Score every document; what is done stays for the attempt that follows a stopped one."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    folder = job.input(spec.classifier, CLASSIFIER)
    classifier, classifier_id = Classifier.open(folder), load_manifest(folder).id
    inputs = {"documents": documents.folder, "classifier": folder}
    about = {"documents": documents.manifest.id, "classifier": classifier_id}
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, about) as work,
        job.write_output(KIND, inputs=inputs) as draft,
    ):
        job.phase("scoring")
        if classifier.form == Form.ENCODER:
            writer: PieceScorer | ShardScorer = _pieces(spec, folder, documents, work)
            num_workers = spec.num_workers or 1
        else:
            shards = tuple(shard.resolve() for shard in documents.shards())
            writer = ShardScorer(folder.resolve(), shards, work.resolve())
            num_workers = spec.num_workers or num_cores()
        runner = ShardRunner(job, work, num_workers)
        runner.run("scores", writer, len(writer), documents.num_documents)
        for number in range(len(writer)):
            # Not moved: what the marks of the work folder call done must stay until the end.
            link_or_copy(work / scores_file(number), draft.path / scores_file(number))
        Scores(classifier_id, classifier, documents.manifest.id).save(draft.path)
        draft.counts.update(documents=documents.num_documents, form=str(classifier.form))


def _pieces(spec: ScoreSpec, folder: Path, documents: Documents, work: Path) -> PieceScorer:
    """Every row group of every shard, in order."""
    pieces = tuple(
        (shard.resolve(), group)
        for shard in documents.shards()
        for group in range(pq.read_metadata(shard).num_row_groups)
    )
    threads = spec.threads_per_worker(min(spec.num_workers or 1, max(1, len(pieces))))
    return PieceScorer(
        folder.resolve(), pieces, work.resolve(), str(spec.device), spec.batch_tokens, threads
    )


@dataclass(frozen=True)
class ShardScorer:
    """Scores shards by a light classifier."""

    classifier: Path
    shards: tuple[Path, ...]
    out: Path

    def __len__(self) -> int:
        return len(self.shards)

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Write the scores of one shard."""
        scorer, batches = light_scorer(self.classifier), []
        for rows in shard_batches(self.shards[shard], ("doc_id", "text")):
            check()
            batches.append(score_batch(rows.column("doc_id"), _scored(scorer, rows)))
        return write_scores(self.out / scores_file(shard), batches)


@dataclass(frozen=True)
class PieceScorer:
    """Scores (shard, row group) by an encoder; torch is imported where it runs."""

    classifier: Path
    pieces: tuple[tuple[Path, int], ...]
    out: Path
    device: str
    batch_tokens: int
    num_threads: int

    def __len__(self) -> int:
        return len(self.pieces)

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Write the scores of one piece."""
        from training.scoring.embedding import encoder_scorer

        scorer = encoder_scorer(self.classifier, self.device, self.batch_tokens, self.num_threads)
        path, group = self.pieces[shard]
        batches = []
        with pq.ParquetFile(path) as file:
            for rows in file.iter_batches(_PART_TEXTS, [group], ["doc_id", "text"]):
                values = scorer.score(rows.column("text").to_pylist(), check)
                batches.append(score_batch(rows.column("doc_id"), values[:, None]))
        return write_scores(self.out / scores_file(shard), batches)


def _scored(scorer: LightScorer, rows: pa.RecordBatch) -> npt.NDArray[np.float32]:
    batch = TextBatch(rows.column("text"))
    languages = languages_of(batch).codes if scorer.wants_languages else None
    return scorer(batch, languages)
