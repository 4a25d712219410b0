"""The verb ``score``: documents and a classifier in, a ``scores`` artifact out, shard by shard."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
from training.folder.job import Job
from training.planning.machine import num_cores
from training.specs.fit_classifier import Form
from training.specs.score import ScoreSpec


def run(spec: ScoreSpec, job: Job) -> None:
    """Score every document; what is done stays for the attempt that follows a stopped one."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    folder = job.input(spec.classifier, "classifier")
    classifier, classifier_id = Classifier.open(folder), load_manifest(folder).id
    is_encoder = classifier.form == Form.ENCODER
    num_workers = spec.num_workers or (1 if is_encoder else num_cores())
    shards = tuple(shard.resolve() for shard in documents.shards())
    inputs = {"documents": documents.folder, "classifier": folder}
    about = {"documents": documents.manifest.id, "classifier": classifier_id}
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, about) as work,
        job.write_output(KIND, inputs=inputs) as draft,
    ):
        runner = ShardRunner(job, work, num_workers)
        job.phase("scoring")
        writer: ShardScorer | EncoderShards
        if is_encoder:
            threads = spec.threads_per_worker(min(num_workers, len(shards)))
            writer = EncoderShards(
                folder.resolve(), shards, work.resolve(), str(spec.device), spec.batch_tokens,
                threads,
            )  # fmt: skip
        else:
            writer = ShardScorer(folder.resolve(), shards, work.resolve())
        runner.run("scores", writer, len(shards), documents.num_documents)
        for shard in range(len(shards)):
            _keep(work / scores_file(shard), draft.path / scores_file(shard))
        Scores(classifier_id, classifier, documents.manifest.id).save(draft.path)
        draft.counts.update(documents=documents.num_documents, form=str(classifier.form))


@dataclass(frozen=True)
class ShardScorer:
    """Scores shards by a light classifier."""

    classifier: Path
    shards: tuple[Path, ...]
    out: Path

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Write the scores of one shard."""
        scorer, batches = light_scorer(self.classifier), []
        for rows in shard_batches(self.shards[shard], ("doc_id", "text")):
            check()
            batches.append(score_batch(rows.column("doc_id"), _scored(scorer, rows)))
        write_scores(self.out / scores_file(shard), batches)
        return sum(len(batch) for batch in batches)


@dataclass(frozen=True)
class EncoderShards:
    """Scores shards by an encoder; torch is imported where it runs."""

    classifier: Path
    shards: tuple[Path, ...]
    out: Path
    device: str
    batch_tokens: int
    num_threads: int

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Write the scores of one shard."""
        from training.scoring.embedding import encoder_scorer

        scorer = encoder_scorer(self.classifier, self.device, self.batch_tokens, self.num_threads)
        batches = []
        for rows in shard_batches(self.shards[shard], ("doc_id", "text")):
            values = scorer.score(rows.column("text").to_pylist(), check)
            batches.append(score_batch(rows.column("doc_id"), values[:, None]))
        write_scores(self.out / scores_file(shard), batches)
        return sum(len(batch) for batch in batches)


def _scored(scorer: LightScorer, rows: pa.RecordBatch) -> npt.NDArray[np.float32]:
    batch = TextBatch(rows.column("text"))
    languages = languages_of(batch).codes if scorer.wants_languages else None
    return scorer(batch, languages)


def _keep(file: Path, target: Path) -> None:
    """The same bytes under a second name; what the marks call done must stay until the end."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)
