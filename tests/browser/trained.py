"""A run that really trained, in the home of a browser test's server: texts to weights in seconds.

Run as a program in the server's environment; prints the ids of ``run``, ``documents``,
``corpus`` and ``tokens``, and the path ``home``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import django

NUM_STEPS = 60
BATCH, LENGTH = 4, 64


def texts() -> list[str]:
    """Sentences with a number each, so that a text names its document."""
    verbs = ("reads", "writes", "keeps", "counts")
    return [
        f"Number {n}: the {verbs[n % 4]} of a small yard go on; line {n * n} says so again.\n"
        for n in range(400)
    ]


def main() -> None:
    """Extract, clean, tokenize and train below the home folder, and make the rows."""
    django.setup()
    from django.conf import settings

    from webapp.jobs.models import Job
    from webapp.jobs.services.artifacts import artifact_index
    from webapp.projects.models import Project

    project = Project.objects.get()
    names = {name: str(uuid.uuid4()) for name in ("extract", "clean", "tok", "tokens", "run")}
    home: Path = settings.TRAINYARD_HOME / "jobs"
    output = _prepare(home, names)
    documents = artifact_index(folder=output, project=project, title="Yard texts")
    cleaned = home / names["clean"] / "output"
    corpus = artifact_index(folder=cleaned, project=project, title="Yard corpus")
    stored = home / names["tokens"] / "output"
    tokens = artifact_index(folder=stored, project=project, title="Yard tokens")
    spec = _spec(names)
    job = Job.objects.create(
        pk=names["run"],
        project=project,
        verb="train",
        title="Trained",
        state="finished",
        reason_code="finished",
        spec=spec,
    )
    path = home / "spec.json"
    path.write_text(json.dumps(spec))
    command = [sys.executable, "-m", "training", "train", str(path), "--out", str(job.folder.root)]
    with (home / "log.txt").open("wb") as log:
        subprocess.run(command, check=True, stdout=log, stderr=subprocess.STDOUT)
    if not job.folder.log.exists():
        (home / "log.txt").rename(job.folder.log)
    made = {"documents": documents, "corpus": corpus, "tokens": tokens}
    ids = {name: str(artifact.pk) for name, artifact in made.items()}
    sys.stdout.write(json.dumps({**ids, "run": names["run"], "home": str(home)}) + "\n")


def _prepare(home: Path, names: dict[str, str]) -> Path:
    from tests.training.corpus.jobs import run_verb

    home.mkdir(parents=True, exist_ok=True)
    (home / "yard.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in texts()))
    output = run_verb("extract", home / names["extract"], inputs=[{"path": "../yard.jsonl"}])
    documents, corpus = f"../{names['extract']}/output", f"../{names['clean']}/output"
    run_verb("clean", home / names["clean"], documents=documents, preset="off")
    run_verb("tokenizer", home / names["tok"], corpus=corpus, vocab_size=300)
    run_verb(
        "tokenize", home / names["tokens"], corpus=corpus, tokenizer=f"../{names['tok']}/output"
    )
    return output


def _spec(names: dict[str, str]) -> dict[str, Any]:
    return {
        "tokens": f"{names['tokens']}/output",
        "model": {"num_layers": 1, "width": 32, "num_heads": 2, "context_length": LENGTH},
        "num_steps": NUM_STEPS,
        "batch_size": BATCH,
        "sequence_length": LENGTH,
        "schedule": {"warmup_steps": 5},
        "validation": {"every_steps": 20},
        "checkpoints": {"every_steps": 30},
        "samples": {
            "prompts": ["Number", "The"],
            "max_new_tokens": 24,
            "structure": "json",
            "name_endings": ["s", "e", "d"],
            "lexicon": ["line", "the", "reads"],
        },
        "num_threads": 1,
    }


if __name__ == "__main__":
    main()
