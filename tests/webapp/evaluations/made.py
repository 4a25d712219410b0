"""A benchmark and an evaluation of a small model in the home of a web process under test.

Run as a program in the environment of a server, it fills that server's home and prints
{name: address or id} as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

HOSTILE = "<script>alert(1)</script>"
ROWS = [
    {
        "id": f"q{n}", "question": f"What is {n} and 1? {HOSTILE}", "answer": n % 3,
        "choices": [f"It is {n + 1}", f"{HOSTILE}", f"It is {n}"],
        "category": ["odd", "even"][n % 2],
        "split": "train" if n < 4 else "test",
    }
    for n in range(24)
]  # fmt: skip
CLOZE = [{"context": f"The sky over {town} is", "target": "blue"} for town in ("Linz", "Graz")]
MODEL = {"vocab_size": 320, "num_layers": 1, "width": 32, "num_heads": 2, "context_length": 256}


def fill(project: Any, user: Any) -> dict[str, str]:
    """Make all of them in ``project``; their ids."""
    from django.conf import settings

    from tests.training.corpus.jobs import run_verb
    from tests.training.tasks.made import tokenizer_of
    from training.export.folder import export_model
    from training.folder.artifact import write_artifact
    from training.model.building import build_model
    from training.specs.model import ModelSpec
    from webapp.jobs.models import Job
    from webapp.jobs.services.artifacts import artifact_index

    home: Path = settings.TRAINYARD_HOME
    tokenizer = tokenizer_of(home / "jobs" / str(uuid.uuid4()) / "output")
    folder = home / "jobs" / str(uuid.uuid4()) / "output"
    with write_artifact(folder, "model") as draft:
        model = build_model(ModelSpec.model_validate(MODEL).resolve(), seed=1)
        export_model(model, tokenizer, draft.path)
    source = home / "uploads" / str(uuid.uuid4())
    source.mkdir(parents=True)
    for name, rows in ((f"sums {HOSTILE}.jsonl", ROWS), ("sky.jsonl", CLOZE)):
        file = source / name.replace("/", "_")
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = sorted(path.name for path in source.iterdir())
    jobs = {
        verb: Job.objects.create(project=project, verb=verb, title=title, state="finished")
        for verb, title in (("benchmark", f"Quiz {HOSTILE}"), ("evaluate", "Of the quiz"))
    }
    benchmark = run_verb(
        "benchmark", jobs["benchmark"].folder.root,
        inputs=[{"path": str(source / name)} for name in names],
    )  # fmt: skip
    evaluation = run_verb(
        "evaluate", jobs["evaluate"].folder.root, model=str(folder), benchmark=str(benchmark),
        prompt={"num_examples": 1}, num_threads=1, device="cpu",
        passkey={"is_on": True, "lengths": [220, 256], "num_depths": 3, "num_keys": 2},
    )  # fmt: skip
    store = home / "jobs" / str(uuid.uuid4()) / "output"
    with write_artifact(store, "tokens") as draft:
        _write_store(draft.path, tokenizer)
    jobs["losses"] = Job.objects.create(
        project=project, verb="losses", title="Losses", state="finished"
    )
    losses = run_verb(
        "losses", jobs["losses"].folder.root, model=str(folder), tokens=str(store),
        num_threads=1, device="cpu",
    )  # fmt: skip
    made = {
        "losses": artifact_index(
            folder=losses, project=project, job=jobs["losses"], created_by=user
        ),
        "model": artifact_index(folder=folder, project=project, title=f"Small {HOSTILE}"),
        "benchmark": artifact_index(
            folder=benchmark, project=project, job=jobs["benchmark"], created_by=user
        ),
        "evaluation": artifact_index(
            folder=evaluation, project=project, job=jobs["evaluate"], created_by=user
        ),
    }
    made["losses"].sources.set([made["model"]])
    made["evaluation"].sources.set([made["model"], made["benchmark"]])
    return {name: str(artifact.pk) for name, artifact in made.items()}


def _write_store(folder: Path, tokenizer: Path) -> None:
    """Texts of two sources, in Chinese too."""
    import hashlib
    import shutil

    import numpy as np

    from training.tokenizers.load import load_tokenizer, vocabulary
    from training.tokens.writer import StoreWriter

    loaded = load_tokenizer(tokenizer)
    known = vocabulary(tokenizer, loaded)
    with StoreWriter(folder, vocab_size=known.size, eos_id=known.eos_id) as writer:
        for split in ("train", "validation"):
            writer.start(split)
            for n in range(14):
                text = f"{HOSTILE} the user asked {n} times: 天空是蓝色的. " * (n + 1)
                ids = np.array(loaded.encode(text, add_special_tokens=False).ids)
                digest = hashlib.md5(f"{split}{n}".encode()).digest()
                writer.add(digest, ["web", "books"][n % 2], ids)
    shutil.copytree(tokenizer, folder / "tokenizer")


def main() -> None:
    """Fill the home of the environment's settings."""
    import django

    django.setup()
    from webapp.accounts.models import User
    from webapp.projects.models import Project

    project = Project.objects.get()
    found = {"project": f"/projects/{project.pk}/", **fill(project, User.objects.get())}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
