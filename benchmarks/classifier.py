"""Classifiers: how fast texts are scored by hashed words, by lists of words, and by an encoder.

One thread, CPU time, megabytes of UTF-8, best of several; words are cut each time. The light ones
are held against the goals of 20 and 50 MB per CPU-second. ``ENCODER=FOLDER`` with a Hugging Face
folder (of a MiniLM, for example) adds documents a second under it.

Run: python -m benchmarks.classifier [TEXTS.jsonl]
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.table import Row, print_table
from training.corpus.classifiers.hashed import HashedModel
from training.corpus.classifiers.keywords import Entry, KeywordModel
from training.corpus.cpython_text import write_cpython_texts
from training.corpus.signals.batch import TextBatch

ROUNDS = 5
BUCKET_BITS = 20
HASHED_GOAL, KEYWORD_GOAL = 20.0, 50.0
NUM_ENTRIES = (400, 100_000)
ENCODED_DOCUMENTS = 64
_BATCH = 2_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def rows(file: Path | None = None) -> Iterator[Row]:
    """Each kind of classifier."""
    with tempfile.TemporaryDirectory() as folder:
        texts = list(_texts(file, Path(folder)))
    parts = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    for ngrams in (1, 2):
        weights = np.random.default_rng(0).normal(size=1 << BUCKET_BITS).astype(np.float32)
        model = HashedModel(weights, 0.0, ngrams)
        rate = _rate(parts, megabytes, model.score)
        yield _row(f"hashed words, runs of up to {ngrams}", rate, HASHED_GOAL, megabytes)
    for number in NUM_ENTRIES:
        chooser = random.Random(0)
        words = {"".join(chooser.choices(_LETTERS, k=7)) for _ in range(number)}
        keywords = KeywordModel.of([Entry(word) for word in sorted(words)])
        rate = _rate(parts, megabytes, keywords.count)
        yield _row(f"a list of {len(words):,} words", rate, KEYWORD_GOAL, megabytes)
    if folder_name := os.environ.get("ENCODER"):
        yield _encoder(Path(folder_name), texts)


def _texts(file: Path | None, folder: Path) -> Iterator[str]:
    files = [file] if file else write_cpython_texts(folder / "cpython")
    for path in files:
        with path.open("rb") as opened:
            yield from (json.loads(line)["text"] for line in opened)


def _rate(parts: list[list[str]], megabytes: float, score: Callable[[TextBatch], object]) -> float:
    """Megabytes per second of CPU time, best of several; batches are new, so words are cut."""
    score(TextBatch.of(parts[0]))
    best = 0.0
    for _ in range(ROUNDS):
        batches = [TextBatch.of(part) for part in parts]
        began = time.process_time()
        for batch in batches:
            score(batch)
        best = max(best, megabytes / (time.process_time() - began))
    return best


def _row(what: str, rate: float, goal: float, megabytes: float) -> Row:
    return Row(
        what, f"{rate:.0f} MB/CPU-s", f"{megabytes:.0f} MB of text", "",
        f"at least {goal:.0f} MB/CPU-s", rate >= goal,
    )  # fmt: skip


def _encoder(folder: Path, texts: list[str]) -> Row:
    import torch

    from training.scoring.embedding import open_encoder

    torch.set_num_threads(1)
    encoder = open_encoder(folder, 512, "cpu")
    chosen = random.Random(0).sample(texts, min(ENCODED_DOCUMENTS, len(texts)))
    encoder.embed(chosen[:2], lambda: None)
    began = time.process_time()
    encoder.embed(chosen, lambda: None)
    rate = len(chosen) / (time.process_time() - began)
    return Row(
        "an encoder, 512 tokens at most", f"{rate:.1f} documents/CPU-s", f"{folder.name}", ""
    )


if __name__ == "__main__":
    print_table(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
