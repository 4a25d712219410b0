"""The verb ``verdict``: folders of runs in, a ``verdict`` artifact out.

verdict.json holds every number, verdict.html and verdict.md the same for people.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from training.ablation.reading import ReadRun
from training.ablation.rendering import document_of
from training.ablation.verdict import Verdict, judge
from training.folder.artifact import MANIFEST
from training.folder.atomic import write_bytes, write_json
from training.folder.job import Job
from training.registry import load_dotted
from training.specs.ablation import VerdictSpec

KIND = "verdict"
VERDICT_FILE = "verdict.json"
#: By name: only lengths need torch.
_MEASURE = "training.ablation.lengths:measure"


def run(spec: VerdictSpec, job: Job) -> None:
    """Read the runs, measure lengths where asked, judge, and write."""
    job.phase("reading the runs", number=len(spec.runs))
    runs = [
        ReadRun.of(
            one.variant,
            one.seed,
            _folder(job, one.path),
            _folder(job, one.evaluation) if one.evaluation else None,
        )
        for one in spec.runs
    ]
    if spec.lengths:
        load_dotted(_MEASURE)(runs, spec.lengths, job, num_threads=spec.num_threads)
    verdict = judge(runs, spec.question)
    with job.write_output(KIND, inputs=_inputs(runs)) as artifact:
        write(artifact.path, verdict, runs)
        artifact.title = spec.question or "Verdict"
        artifact.counts["variants"] = len(verdict.variants)
        artifact.counts["runs"] = len(runs) - verdict.num_open
    sys.stdout.write("\n".join([*verdict.headline, ""]))


def write(folder: Path, verdict: Verdict, runs: list[ReadRun]) -> None:
    """All three files."""
    document = document_of(verdict, runs)
    data = verdict.as_dict()
    data["lengths"] = [
        {"variant": run.variant, "seed": run.seed, "loss": run.lengths} for run in runs
    ]
    write_json(folder / VERDICT_FILE, data)
    write_bytes(folder / "verdict.html", document.html().encode())
    write_bytes(folder / "verdict.md", document.markdown().encode())


def _folder(job: Job, path: str) -> Path:
    return Path(os.path.realpath(job.folder.root / path))


def _inputs(runs: list[ReadRun]) -> dict[str, Path]:
    """The outputs that are there: what the verdict was made of."""
    found = {}
    for number, run in enumerate(runs):
        if (run.folder.output / MANIFEST).exists():
            found[f"run {number + 1}"] = run.folder.output
    return found
