"""The verb ``search``: a phrase in a corpus, or the steps at which a run and its bases read it."""

from __future__ import annotations

import sys
from typing import Any

from training.corpus.search.verb import around, place_of, search_corpus
from training.events import EventKind
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.search import SearchSpec
from training.tokens.seen.answer import phrase_seen
from training.tokens.seen.runs import job_folder_of

SEEN_FILE = "seen.json"
_NO_LIMIT = 1 << 40
_SECONDS = 1e9


def run(spec: SearchSpec, job: Job) -> None:
    """Leave ``hits.json`` or ``seen.json``; DataError when corpus or run cannot be read."""
    job.events.write(EventKind.STARTED)
    if spec.corpus:
        search_corpus(spec, job)
        return
    folder = job_folder_of((job.folder.root / spec.run).resolve())
    limit = spec.max_documents or _NO_LIMIT
    told = phrase_seen(folder.root, spec.phrase, spec.ignore_case, limit=limit, seconds=_SECONDS)
    for one in told:
        sys.stdout.write("".join(f"{line}\n" for line in lines_of(one)))
    asked = {"phrase": spec.phrase, "ignore_case": spec.ignore_case}
    write_json(job.folder.root / SEEN_FILE, {**asked, "runs": told})
    job.events.write(EventKind.FINISHED)


def lines_of(run: dict[str, Any]) -> list[str]:
    """The run, then every hit with its steps."""
    if run["trouble"]:
        return [f"{run['name']}: {run['trouble']}"]
    steps = f"steps 1 to {run['reached']:,} of {run['num_steps']:,}"
    lines = [f"{run['name']}: {steps}"]
    for text in run["texts"]:
        for hit in text["hits"]:
            lines.append(f"  {place_of(text)}, line {hit['line']}: {around(hit)}")
            lines.append(f"    {sentence_of(hit)}")
    return lines if run["texts"] else [*lines, "  no text of this run holds the phrase"]


def sentence_of(hit: dict[str, Any]) -> str:
    """``read at steps 3, 17``, or why not."""
    parts = []
    for name, label in (("steps", "read at"), ("partial_steps", "read in part at")):
        if hit[name]:
            left = hit[f"num_{name}"] - len(hit[name])
            more = f" and {left:,} more" if left else ""
            word = "step" if len(hit[name]) == 1 else "steps"
            parts.append(f"{label} {word} {', '.join(f'{one:,}' for one in hit[name])}{more}")
    if parts:
        return "; ".join(parts)
    words = {"not_yet": "not yet read", "never": "never read", "unknown": "not known"}
    return f"{words[hit['answer']]}: {hit['why']}"
