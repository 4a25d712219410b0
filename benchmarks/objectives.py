"""Encoders learn: masked accuracy against the most frequent token, detection of replaced tokens.

A WordPiece tokenizer of 4,096 pieces and a bidirectional model of 4 layers, width 128, are trained
on the text that is given (``--text FILE``, ``--limit-mb``, ``--steps``), or on the longest text of
the shared data. Limits, within ten minutes on two cores:

* masked: accuracy at least twice the share of the most frequent ordinary token among the tokens of
  the validation split;
* replaced: area under the ROC curve of detection at least 0.75.

Run: python -m benchmarks.objectives [--objective replaced] [--text FILE] [--steps N]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.table import Row, print_table
from training.demo import run_steps
from training.events import all_events
from training.recipes import Step, step
from training.tokenizers.special import SpecialIds
from training.tokens.store import TokenStore

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpora"
MODEL: dict[str, Any] = {
    "num_layers": 4, "num_heads": 4, "width": 128, "context_length": 128,
    "attention": "bidirectional", "norm": "layernorm", "feedforward": "gelu", "has_biases": True,
}  # fmt: skip
#: What the model is besides, where it says which tokens were replaced. Whether a token fits its
#: place is a product of both: with gates a detector learns it many times sooner (docs/electra.md).
DETECTING: dict[str, Any] = {
    "head": "discriminator", "embedding_width": 96, "feedforward": "swiglu", "has_biases": False,
}  # fmt: skip
OPTIMIZER = {
    "masked": {"learning_rate": 1e-3},
    "replaced": {"kind": "muon", "learning_rate": 3e-3},
}
STEPS = {"masked": 1500, "replaced": 2500}
GENERATOR = {"generator_fraction": 0.25, "generator_layers": 1}
RULES_OFF = ("word_count", "stop_words", "duplicate_lines", "repeated_5grams", "exact_duplicates")
MOST_SECONDS = 600
FACTOR = 2.0
LEAST_AUC = 0.75


def rows(text: Path, num_steps: int, limit_bytes: int, objective: str) -> Iterator[Row]:
    """What was reached against its limit, and the time."""
    with tempfile.TemporaryDirectory() as folder:
        excerpt = Path(folder) / "text.txt"
        excerpt.write_bytes(text.read_bytes()[:limit_bytes].decode(errors="ignore").encode())
        *earlier, training = run_steps(recipe(excerpt, num_steps, objective), Path(folder))
        baseline = unigram_accuracy(TokenStore.open(earlier[-1] / "output"))
        events = [e for e in all_events(training / "events.jsonl") if e["kind"] == "validation"]
        started = next(e for e in all_events(training / "events.jsonl") if e["kind"] == "started")
        seconds = float(events[-1]["time"]) - float(started["time"])
    size = f"{min(limit_bytes, text.stat().st_size) / 1e6:.1f} MB of {text.name}"
    about = f"{size}, {num_steps:,} steps"
    if objective == "replaced":
        yield _detection(events, about)
    else:
        yield _accuracy(events, baseline, about)
    yield Row(
        "Time of the training",
        f"{seconds:.0f} s",
        f"limit {MOST_SECONDS} s",
        f"{seconds / MOST_SECONDS:.2f}",
        "<= 1",
        seconds <= MOST_SECONDS,
    )


def _accuracy(events: list[dict[str, Any]], baseline: float, about: str) -> Row:
    reached = max(float(event["masked_accuracy"]) for event in events)
    return Row(
        f"Masked accuracy, {about}",
        f"{reached:.4f}",
        f"most frequent token {baseline:.4f}",
        f"{reached / baseline:.2f}",
        f">= {FACTOR:g}",
        reached >= FACTOR * baseline,
    )


def _detection(events: list[dict[str, Any]], about: str) -> Row:
    last = events[-1]
    reached = float(last["replaced_auc"])
    return Row(
        f"Detection AUC, {about}",
        f"{reached:.4f}",
        f"{100 * float(last['replaced_share']):.1f} % of the tokens replaced",
        f"{reached / LEAST_AUC:.3f}",
        f">= {LEAST_AUC}",
        reached >= LEAST_AUC,
    )


def unigram_accuracy(store: TokenStore) -> float:
    """Share of the most frequent ordinary token of the training split, in the validation split."""
    special = list(SpecialIds(store.tokenizer_folder).ids.values())
    counts = {}
    for split in ("train", "validation"):
        first, last = store.token_range(split)
        found = np.bincount(store.tokens[first:last], minlength=store.info.vocab_size)
        found[special] = 0
        counts[split] = found
    likeliest = int(counts["train"].argmax())
    return float(counts["validation"][likeliest] / counts["validation"].sum())


def recipe(text: Path, num_steps: int, objective: str) -> list[Step]:
    """Five jobs, from a text to a model; nothing is cleaned away."""
    model = MODEL | (DETECTING if objective == "replaced" else {})
    return [*data_recipe(text), training_step(objective, model, num_steps)]


def data_recipe(text: Path) -> list[Step]:
    """Four jobs, from a text to its tokens, a twentieth of them held out."""
    off = {rule: {"is_on": False} for rule in RULES_OFF}
    held_out = {"method": "cut", "fraction": 0.05}
    tokenize = {"corpus": step(1), "tokenizer": step(2), "validation": held_out}
    tokenizer = {"corpus": step(1), "kind": "wordpiece", "vocab_size": 4096}
    return [
        Step("extract", "Read the text", {"inputs": [{"path": str(text)}]}),
        Step("clean", "Keep everything", {"documents": step(0), "rules": off}),
        Step("tokenizer", "WordPiece", tokenizer),
        Step("tokenize", "Tokens", tokenize),
    ]


def training_step(objective: str, model: dict[str, Any], num_steps: int, seed: int = 0) -> Step:
    """The job that trains ``model`` on the tokens of ``data_recipe``."""
    training = {
        "tokens": step(3),
        "objective": objective,
        "model": model,
        "seed": seed,
        "num_steps": num_steps,
        "batch_size": 16,
        "micro_batch_size": 16,
        "packing": {"isolation": "none"},
        "optimizer": OPTIMIZER[objective],
        "replaced": GENERATOR,
        "schedule": {"warmup_steps": max(1, num_steps // 20)},
        "validation": {"every_steps": max(1, num_steps // 5), "max_rows": 256},
        "checkpoints": {"every_steps": 0},
        "device": "cpu",
    }
    return Step("train", f"Train, {objective}", training)


def main() -> int:
    """Print the table; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, default=DATA / "wiki_demo.txt")
    parser.add_argument("--objective", choices=("masked", "replaced"), default="masked")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--limit-mb", type=float, default=10.0)
    asked = parser.parse_args()
    began = time.monotonic()
    num_steps = asked.steps or STEPS[asked.objective]
    found = list(rows(asked.text, num_steps, int(asked.limit_mb * 1e6), asked.objective))
    print_table(found)
    print(f"whole way: {time.monotonic() - began:.0f} s")
    return 0 if all(row.is_met for row in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
