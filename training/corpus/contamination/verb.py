"""The verb ``decontaminate``: documents and evaluation sets in, a ``contamination`` artifact out.

1. Files of evaluation sets are read in a watched child, row by row (`sets`).
2. The items' runs of words are hashed into a table (`index`).
3. Every shard of documents is searched, several at a time, each once (`find`, `hits`).
4. The hits are gathered, and counted by item and by set: how many items of a set stand in the
   documents is the number that people publish.

What is done stays in the folder ``work`` of the job until all of it is.
"""

from __future__ import annotations

import os
import shutil

import pyarrow.parquet as pq

from training.corpus.contamination.artifact import (
    FILES_FILE,
    FORMAT_VERSION,
    HITS_FILE,
    INFO_FILE,
    ITEMS_FILE,
    KIND,
    SETS_FILE,
)
from training.corpus.contamination.hits import Counted, HitsWriter, make_folder, shard_file
from training.corpus.contamination.sets import find_files, make_sets
from training.corpus.documents import FILES_FILE as DOCUMENT_FILES
from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner, work_folder
from training.corpus.stopping import KEPT, ends_on_stop
from training.folder.atomic import read_json, write_json
from training.folder.job import Job
from training.specs.decontaminate import DecontaminateSpec
from training.tasks.inputs import RowInput

#: So much of a set in so many documents: they are likely the set itself.
_NEARLY_ALL = 0.9


def run(spec: DecontaminateSpec, job: Job) -> None:
    """Search, count and write; DataError when there is nothing to look for."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    inputs = {"documents": documents.folder}
    if spec.upload:
        inputs["upload"] = job.input(spec.upload, "upload")
    files = find_files(spec, job)
    told = spec.to_dict()
    about = {
        "format_version": FORMAT_VERSION,
        "documents": documents.manifest.id,
        "files": [[file.name, file.sha256, file.format] for file in files],
        "choices": {name: told[name] for name in told if name not in _NO_CHOICES},
    }
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, about) as work,
        job.write_output(KIND, inputs=inputs) as artifact,
    ):
        sets = make_sets(spec, job, files, work)
        job.phase("searching documents")
        num_documents = _search(documents, ShardRunner(job, work, spec.num_workers or 1))
        counted = Counted(sets.items)
        num_shards = len(documents.shards())
        parts = [shard_file(work, shard) for shard in range(num_shards)]
        counted.gather(parts, artifact.path / HITS_FILE)
        pq.write_table(counted.table(), artifact.path / ITEMS_FILE, compression="zstd")
        write_json(artifact.path / SETS_FILE, counted.sets())
        shutil.copyfile(work / FILES_FILE, artifact.path / FILES_FILE)
        info = {
            "format_version": FORMAT_VERSION,
            "documents_id": documents.manifest.id,
            "documents_path": os.path.relpath(
                documents.folder.resolve(), job.folder.output.resolve()
            ),
            "num_documents": num_documents,
            "ngram_words": spec.ngram_words,
            "least_words": spec.least_words,
            "max_items": spec.max_items,
        }
        write_json(artifact.path / INFO_FILE, info)
        _tell_if_itself(job, documents, files, counted, num_documents)
        artifact.counts.update(
            documents=num_documents,
            contaminated_documents=counted.num_contaminated,
            hits=counted.num_hits,
            sets=len(counted.names),
            items=len(counted.items),
            contaminated_items=counted.num_contaminated_items,
        )


#: Of the spec: what makes no other hits.
_NO_CHOICES = {"documents", "upload", "inputs", "num_workers"}


def _search(documents: Documents, runner: ShardRunner) -> int:
    """Find the hits of every shard; the number of documents."""
    shards, starts = tuple(shard.resolve() for shard in documents.shards()), documents.starts()
    make_folder(runner.folder)
    writer = HitsWriter(runner.folder.resolve(), shards, starts)
    runner.run("hits", writer, len(shards), starts[-1])
    return starts[-1]


def _tell_if_itself(
    job: Job,
    documents: Documents,
    files: list[RowInput],
    counted: Counted,
    num_documents: int,
) -> None:
    """Warn when an evaluation set is what the documents were made of."""
    listed = read_json(documents.folder / DOCUMENT_FILES)
    read = {entry.get("sha256") for entry in listed} if isinstance(listed, list) else set()
    same = [file.name for file in files if file.sha256 in read]
    if same:
        job.warn(
            f"{', '.join(same[:3])}: the documents were made of the same file, so of course they "
            "hold its items. Name the documents that you train on."
        )
        return
    for told in counted.sets():
        most = told["contaminated_most"] >= _NEARLY_ALL * max(1, told["searched"])
        if most and told["documents"] >= _NEARLY_ALL * num_documents:
            job.warn(
                f"{told['set']}: nearly every document holds an item, and nearly every item is "
                "there. These documents look like the set itself."
            )
