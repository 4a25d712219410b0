"""The verb ``dedup``: clusters of near duplicates as a table of their own.

``clusters.parquet`` has one row for every document that has a near duplicate: ``doc_id`` (32 hex
digits), ``cluster`` (the id of its first document), ``size`` (documents of the cluster),
``source``. ``sources.json`` tells how much of one source is in another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.dedup.clusters import Clusters, Int64, Search
from training.corpus.dedup.column import column_name
from training.corpus.dedup.minhash import Banding
from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner, work_folder
from training.corpus.stopping import KEPT, ends_on_stop
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.dedup import DedupSpec
from training.specs.duplicate_rules import NearSearchPart

CLUSTERS_FILE = "clusters.parquet"
SOURCES_FILE = "sources.json"


def run(spec: DedupSpec, job: Job) -> None:
    """Write the clusters as a ``clusters`` artifact."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    inputs = {"documents": documents.folder}
    about = {"documents": documents.manifest.id, "search": column_name(spec)}
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, about) as work,
        job.write_output("clusters", inputs=inputs) as artifact,
    ):
        found = search(spec, documents, ShardRunner(job, work, spec.num_workers or 1))
        ids, sources, names = _ids_and_sources(documents)
        sizes = np.bincount(found.roots, minlength=len(found.roots))[found.roots]
        members = np.flatnonzero(sizes > 1)
        pq.write_table(
            pa.table(
                {
                    "doc_id": [ids[place].tobytes().hex() for place in members],
                    "cluster": [ids[place].tobytes().hex() for place in found.roots[members]],
                    "size": sizes[members],
                    "source": [names[source] for source in sources[members]],
                }
            ),
            artifact.path / CLUSTERS_FILE,
            compression="zstd",
        )
        write_json(artifact.path / SOURCES_FILE, source_overlap(found.roots, sources, names))
        artifact.counts.update(
            documents=len(found.roots),
            duplicates=found.num_duplicates,
            clusters=len(np.unique(found.roots[members])),
            candidates=found.num_candidates,
            compared_pairs=found.num_compared,
        )


def search(part: NearSearchPart, documents: Documents, runner: ShardRunner) -> Clusters:
    """Find the clusters; files of the search lie below the runner's folder."""
    runner.job.phase("searching near duplicates")
    banding = Banding(part.bands, part.rows, part.shingle_words)
    folder = runner.folder / column_name(part)
    return Search(documents, banding, part.jaccard, folder, runner).run()


def source_overlap(roots: Int64, numbers: Int64, names: list[str]) -> dict[str, Any]:
    """{"names", "documents" of each, "shared" [S, S]}; ``numbers`` [N] are places in ``names``.

    ``shared[a][b]``: documents of source a that have a near duplicate in source b; on the
    diagonal, in their own source.
    """
    clusters, cluster = np.unique(roots, return_inverse=True)
    counts = np.zeros((len(clusters), len(names)), dtype=np.int64)
    np.add.at(counts, (cluster, numbers), 1)
    shared = np.zeros((len(names), len(names)), dtype=np.int64)
    for place in range(len(names)):
        has = counts > 0
        has[:, place] = counts[:, place] > 1
        shared[place] = (counts[:, [place]] * has).sum(axis=0)
    return {
        "names": names,
        "documents": np.bincount(numbers, minlength=len(names)).tolist(),
        "shared": shared.tolist(),
    }


def _ids_and_sources(documents: Documents) -> tuple[npt.NDArray[np.void], Int64, list[str]]:
    """(ids [N] of 16 bytes, place of each one's source in the sorted names, the names)."""
    ids, labels = [], []
    names: dict[str, int] = {}
    for batch in documents.batches(("doc_id", "source")):
        column = batch.column("source")
        known = [names.setdefault(name, len(names)) for name in column.dictionary.to_pylist()]
        labels.append(np.array(known, dtype=np.int64)[column.indices.to_numpy()])
        ids.append(np.frombuffer(b"".join(batch.column("doc_id").to_pylist()), dtype="V16"))
    order = sorted(names)
    places = np.array([order.index(name) for name in names], dtype=np.int64)
    return np.concatenate(ids), places[np.concatenate(labels)], order
