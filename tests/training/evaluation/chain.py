"""From texts to a trained model through the verbs, small enough for a test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.training.corpus.jobs import extract_texts, run_verb
from tests.training.refusals import write_yaml
from training import cli

MODEL = {"num_layers": 1, "width": 32, "num_heads": 2, "context_length": 128}


@dataclass(frozen=True)
class Chain:
    """Folders of the jobs."""

    tokens: Path
    run: Path

    @property
    def model(self) -> Path:
        """The exported model."""
        return self.run / "output"


def make_chain(folder: Path, texts: list[str], **train: Any) -> Chain:
    """Every text is kept; a tenth is held out."""
    documents = extract_texts(folder, texts)
    corpus = run_verb(
        "clean", folder / "clean", documents=str(documents), preset="off", num_workers=1
    )
    tokenizer = run_verb(
        "tokenizer", folder / "tokenizer", corpus=str(corpus), vocab_size=400,
        allow_smaller=True, num_threads=1,
    )  # fmt: skip
    tokens = run_verb(
        "tokenize", folder / "tokens", corpus=str(corpus), tokenizer=str(tokenizer),
        validation={"fraction": 0.1}, num_threads=1,
    )  # fmt: skip
    fields = {
        "num_steps": 4, "batch_size": 4, "model": MODEL, "device": "cpu", "num_threads": 1,
        "schedule": {"warmup_steps": 1}, "validation": {"every_steps": 0}, "precision": "fp32",
        **train,
    }  # fmt: skip
    spec = write_yaml(folder / "train.yaml", {"tokens": str(tokens), **fields})
    assert cli.run_verb("train", spec, folder / "run") == 0
    return Chain(tokens, folder / "run")
