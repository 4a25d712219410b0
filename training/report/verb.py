"""The verb ``report``: report.html, report.md, report.json and a model card of a run."""

from __future__ import annotations

import os

from training.benchmarks.evaluation import KIND as EVALUATION
from training.folder.artifact import MANIFEST
from training.folder.atomic import write_bytes, write_json
from training.folder.job import Job
from training.report.card import CARD, card_text
from training.report.collect import collect
from training.report.render import render_html, render_markdown
from training.specs.report import ReportSpec
from training.tokens.seen.runs import job_folder_of


def run(spec: ReportSpec, job: Job) -> None:
    """Read the run's folder and leave a ``report`` artifact."""
    path = (job.folder.root / spec.run).resolve()
    folder = job_folder_of(path)
    job.phase("reading the run", run=folder.root.name)
    inputs = {"run": folder.output} if (folder.output / MANIFEST).exists() else {}
    evaluations = [job.input(path, EVALUATION) for path in spec.evaluations]
    inputs |= {f"evaluation-{number}": one for number, one in enumerate(evaluations)}
    data = collect(folder, spec.title, licence=spec.licence, evaluations=evaluations)
    with job.write_output("report", inputs=inputs) as artifact:
        write_json(artifact.path / "report.json", data)
        write_bytes(artifact.path / "report.html", render_html(data).encode())
        write_bytes(artifact.path / "report.md", render_markdown(data).encode())
        write_bytes(artifact.path / CARD, card_text(data).encode())
        artifact.title = data["title"]
        artifact.counts["validation_loss"] = data["result"]["validation_loss"]
        artifact.counts["num_steps"] = data["result"]["num_steps"]
    shown = os.path.relpath(job.folder.output / "report.html")
    job.phase("written", path=shown)
