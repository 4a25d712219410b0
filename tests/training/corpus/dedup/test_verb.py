"""The verb ``dedup`` alone: a table of clusters, and what sources share."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq

from tests.training.corpus.jobs import documents_in, extract_texts, run_verb
from training.corpus.dedup.verb import source_overlap
from training.folder.artifact import load_manifest

WORDS = [f"word{n}" for n in range(40)]
TEXTS = [" ".join(WORDS), "quite another text than that one", " ".join([*WORDS, "more"])]


def test_clusters_are_written_with_ids_that_a_reader_can_look_up(tmp_path):
    output = extract_texts(tmp_path, TEXTS)
    made = run_verb("dedup", tmp_path / "dedup", documents=str(output))
    ids = [row["doc_id"].hex() for row in documents_in(output)]
    rows = pq.read_table(made / "clusters.parquet").to_pylist()
    source = documents_in(output)[0]["source"]
    assert rows == [
        {"doc_id": ids[place], "cluster": ids[0], "size": 2, "source": source} for place in (0, 2)
    ]
    counts = load_manifest(made).counts
    assert (counts["documents"], counts["duplicates"], counts["clusters"]) == (3, 1, 1)
    assert json.loads((made / "sources.json").read_text())["shared"] == [[2]]
    assert sorted(file.name for file in made.iterdir()) == [
        "clusters.parquet",
        "manifest.json",
        "sources.json",
    ]


def test_overlap_counts_documents_that_have_a_twin_in_the_other_source():
    # clusters {0, 1, 2} of a a b, {3, 4} of b b, {5} of a
    roots, numbers = np.array([0, 0, 0, 3, 3, 5]), np.array([0, 0, 1, 1, 1, 0])
    told = source_overlap(roots, numbers, ["a", "b"])
    assert told["documents"] == [3, 3]
    assert told["shared"] == [[2, 2], [1, 2]]
