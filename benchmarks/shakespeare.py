"""Learning is real: tiny Shakespeare by the recipe of the shared data, through the real verbs.

4 layers, 4 heads, width 128, rows of 64, batch 12, 2,000 steps, learning rate 1e-3 to 1e-4
cosine, warm-up 100, betas 0.9/0.99, decay 0.1, clip 1, no dropout; the first 90 % trains; bytes
are the vocabulary, so losses compare with character-level ones. Limits: validation loss 1.75 for
the LLaMA-style model (reference 1.675), 1.95 for the GPT-2-style one (reference 1.88). About three
minutes per model on one thread. Run: python -m benchmarks.shakespeare
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.table import Row, print_table
from training.demo import run_steps
from training.folder.artifact import load_manifest
from training.recipes import Step, step

TEXT = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpora" / "tinyshakespeare.txt"
MODEL: dict[str, Any] = {"num_layers": 4, "num_heads": 4, "width": 128, "context_length": 64}
GPT2: dict[str, Any] = {
    "position": "learned", "norm": "layernorm", "feedforward": "gelu", "has_biases": True,
}  # fmt: skip
STYLES = {"LLaMA-style": (MODEL, 1.75, 1.675), "GPT-2-style": ({**MODEL, **GPT2}, 1.95, 1.88)}
RULES_OFF = ("word_count", "stop_words", "duplicate_lines", "repeated_5grams", "exact_duplicates")


def rows() -> Iterator[Row]:
    """One row per style of model."""
    for name, (model, limit, reference) in STYLES.items():
        loss = final_loss(model)
        yield Row(
            f"Shakespeare validation loss, {name}",
            f"{loss:.3f}",
            f"limit {limit}, reference {reference}",
            f"{loss / limit:.3f}",
            "<= 1",
            loss <= limit,
        )


def final_loss(model: dict[str, Any]) -> float:
    """Best validation loss of the recipe, from text to exported model."""
    with tempfile.TemporaryDirectory() as folder:
        for done in run_steps(recipe(model), Path(folder)):
            manifest = load_manifest(done / "output")
        return float(manifest.counts["validation_loss"])


def recipe(model: dict[str, Any]) -> list[Step]:
    """Five jobs; nothing is cleaned away."""
    off = {rule: {"is_on": False} for rule in RULES_OFF}
    held_out = {"method": "cut", "fraction": 0.1}
    tokenize = {"corpus": step(1), "tokenizer": step(2), "validation": held_out}
    training = {
        "tokens": step(3),
        "model": model,
        "num_steps": 2_000,
        "batch_size": 12,
        "optimizer": {"learning_rate": 1e-3, "beta2": 0.99, "weight_decay": 0.1, "clip_norm": 1.0},
        "schedule": {"warmup_steps": 100, "floor_fraction": 0.1},
        "validation": {"every_steps": 500, "max_rows": 0},
        "device": "cpu",
        "precision": "fp32",
        "num_threads": 1,
    }
    return [
        Step("extract", "Read Shakespeare", {"inputs": [{"path": str(TEXT)}]}),
        Step("clean", "Keep everything", {"documents": step(0), "rules": off}),
        Step("tokenizer", "Bytes", {"corpus": step(1), "vocab_size": 257}),
        Step("tokenize", "Tokens", tokenize),
        Step("train", "Train", training),
    ]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print_table(rows())
