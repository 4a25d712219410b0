"""What pages ask of benchmarks and evaluations: pages of items, with how a model judged them."""

from __future__ import annotations

import functools
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.benchmarks.benchmark import Benchmark, BenchmarkItem
from training.benchmarks.evaluation import Evaluation
from training.specs.prompting import Normalisation

MAX_PAGE = 50
#: Of one text in an answer.
MAX_CHARACTERS = 4_000
_NUM_OPEN = 4


def benchmark_items(folder: str, offset: int = 0, limit: int = 10) -> dict[str, Any]:
    """A page of items in order: ``{"num_items", "items"}``; an item is a row of the artifact."""
    benchmark = _benchmark(folder)
    items = benchmark.page(max(0, offset), min(limit, MAX_PAGE))
    return {
        "num_items": int(benchmark.manifest.counts["items"]),
        "items": [_told(item) for item in items],
    }


def evaluation_items(
    folder: str, set_name: str = "", outcome: str = "", offset: int = 0, limit: int = 10
) -> dict[str, Any]:
    """A page of scored items: of one set, ``outcome`` "right" or "wrong", or all of them.

    ``{"num_items", "items"}``; each choice has its log-likelihood per byte and token, whether it
    is right, and which ways of comparing pick it.
    """
    evaluation = _evaluation(folder)
    is_right = {"right": True, "wrong": False}.get(outcome)
    count, rows = evaluation.page(
        max(0, offset), min(limit, MAX_PAGE), set_name=set_name, is_right=is_right
    )
    return {"num_items": count, "items": [_scored(row) for row in rows]}


@functools.lru_cache(maxsize=_NUM_OPEN)
def _benchmark(folder: str) -> Benchmark:
    return Benchmark.open(Path(folder))


@functools.lru_cache(maxsize=_NUM_OPEN)
def _evaluation(folder: str) -> Evaluation:
    return Evaluation.open(Path(folder))


def _told(item: BenchmarkItem) -> dict[str, Any]:
    told = asdict(item)
    told["question"] = _cut(item.question)
    told["choices"] = [
        {"text": _cut(text), "is_right": place == item.answer}
        for place, text in enumerate(item.choices)
    ]
    return told


def _scored(row: dict[str, Any]) -> dict[str, Any]:
    picks = {str(way): row[f"pick_{way}"] for way in Normalisation}
    choices = [
        {
            **choice,
            "text": _cut(choice["text"]),
            "per_token": choice["log_likelihood"] / max(1, choice["num_tokens"]),
            "per_byte": choice["log_likelihood"] / max(1, choice["num_bytes"]),
            "is_right": place == row["answer"],
            "picked_by": [way for way, pick in picks.items() if pick == place]
            if len(row["choices"]) > 1
            else [],
        }
        for place, choice in enumerate(row["choices"])
    ]
    kept = ("index", "set", "name", "kind", "category", "file", "line", "is_right",
            "is_contaminated", "num_cut")  # fmt: skip
    # The end of a prompt is the question; examples stand before it.
    return {
        **{name: row[name] for name in kept},
        "prompt": row["prompt"][-MAX_CHARACTERS:],
        "choices": choices,
    }


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…"
