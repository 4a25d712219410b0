"""The verb ``corpus_report``: report.html, report.md and report.json of a corpus."""

from __future__ import annotations

import os

from training.corpus.corpus import Corpus
from training.corpus.executor import ShardRunner, work_folder
from training.corpus.quality_report.measuring import FORMAT_VERSION, measure
from training.corpus.stopping import KEPT, ends_on_stop
from training.folder.atomic import write_bytes, write_json
from training.folder.job import Job
from training.report.corpus.sections import document
from training.specs.corpus_report import CorpusReportSpec

DATA_FILE = "report.json"


def run(spec: CorpusReportSpec, job: Job) -> None:
    """Measure the corpus and leave a ``corpus_report`` artifact."""
    corpus = Corpus.open(job.input(spec.corpus, "corpus"))
    # Other workers read the same sample; all else decides what lies in the work folder.
    about = {
        "corpus": corpus.manifest.id,
        "format_version": FORMAT_VERSION,
        "spec": spec.replace(num_workers=0, title="").to_dict(),
    }
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, about) as work,
        job.write_output("corpus_report", inputs={"corpus": corpus.folder}) as artifact,
    ):
        data = measure(spec, corpus, ShardRunner(job, work, spec.num_workers or 1))
        drawn = document(data)
        write_json(artifact.path / DATA_FILE, data)
        write_bytes(artifact.path / "report.html", drawn.html().encode())
        write_bytes(artifact.path / "report.md", drawn.markdown().encode())
        artifact.title = data["title"]
        whole = data["populations"][0]
        artifact.counts.update(
            documents=whole["before"]["num_documents"],
            kept_documents=whole["after"]["num_documents"],
            sources=len(data["sources"]),
            sampled_documents=whole["before"]["num_sampled"],
        )
    if job.folder.output.exists():
        job.phase("written", path=os.path.relpath(job.folder.output / "report.html"))
