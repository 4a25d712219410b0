"""Compiles the kernels of the corpus before anybody waits for them.

With all others: ``python -m training.tokens.warm``.

Code is compiled for the types that a kernel is called with (a mapped file is another one than an
array), so what only a verb calls is compiled by running that verb, on a few lines of text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from training.corpus.classifiers.warm import warm_classifiers
from training.corpus.contamination.warm import warm_contamination
from training.corpus.dedup.minhash import jaccard_to_first
from training.corpus.documents import SCHEMA, DocumentWriter, document_id
from training.corpus.quality_report.warm import warm_quality_report
from training.corpus.search.warm import warm_search
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.warm import warm_signals
from training.folder.artifact import write_artifact
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.registry import RULES, TRANSFORMS, VERBS

_TEXTS = ("one two three four five six\nseven", "一二三", "one two three four five six\nnine", "1")
#: Cut by itself: it wants what a search for evaluation sets has found, and computes nothing.
_TAKEN_OVER = "cut_contamination"
_RULES = ("perplexity", "near_duplicates")


def compile_kernels() -> None:
    """Compute every signal of two lines of text, and all else that is compiled."""
    batch = TextBatch.of(_TEXTS[:2])
    warm_signals(batch)
    warm_search(batch)
    warm_classifiers(batch)
    warm_contamination(batch)
    warm_quality_report(batch)
    jaccard_to_first(_TEXTS, window=2)
    with tempfile.TemporaryDirectory() as folder:
        _run_verbs(Path(folder))


def _run_verbs(folder: Path) -> None:
    """Near duplicates, transforms, n-gram models fitted and taken over, and a corpus by them."""
    documents = {"documents": "../documents"}
    _write_documents(folder / "documents", _TEXTS)
    one_worker = {**documents, "num_workers": 1}
    _run("dedup", folder / "dedup", shingle_words=2, **one_worker)
    wanted = {name: {"is_on": True} for name in TRANSFORMS if name != _TAKEN_OVER}
    _run("transform", folder / "transform", **wanted, **one_worker)
    _run("fit_ngram", folder / "ngram", **documents)
    _run("fit_ngram", folder / "foreign", path="../ngram/output/model.arpa")
    rules = {name: {"is_on": name in _RULES} for name in RULES}
    model = {"ngram_model": "../ngram/output"}
    _run("clean", folder / "clean", rules=rules, **model, **one_worker)


def _run(verb: str, folder: Path, **fields: Any) -> None:
    """A verb in this process, as the command line runs it."""
    folder.mkdir()
    row = VERBS[verb]
    spec = row.load_spec().parse(fields).resolve()
    job = Job(JobFolder(folder), verb=verb, spec=spec.to_dict())
    try:
        row.load()(spec, job)
    finally:
        job.close()


def _write_documents(folder: Path, texts: Iterable[str]) -> None:
    origin = {"file": "text", "page": None, "line": None, "offset": None, "member": ""}
    rows = [
        {
            "doc_id": document_id("", "", place),
            "text": text,
            "source": "text",
            "language": "",
            "origin": origin,
            "meta": "",
        }
        for place, text in enumerate(texts)
    ]
    with write_artifact(folder, "documents") as draft, DocumentWriter(draft.path) as writer:
        writer.write(pa.RecordBatch.from_pylist(rows, SCHEMA))
