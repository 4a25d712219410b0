"""Files of items, and small benchmarks made of them through the verb."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.training.corpus.jobs import run_verb

SIMPLE = [
    {"id": "q1", "question": "What colour is grass?", "choices": ["green", "red"], "answer": 0},
    {"id": "q2", "question": "How many legs has a dog?", "choices": ["two", "four"], "answer": "B"},
]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    """JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def make_benchmark(folder: Path, rows: list[dict[str, Any]], **fields: Any) -> Path:
    """A benchmark of one file, ``items.jsonl``."""
    write_rows(folder / "items.jsonl", rows)
    return run_verb(
        "benchmark", folder / "benchmark", inputs=[{"path": "../items.jsonl"}], **fields
    )
