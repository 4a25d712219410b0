"""Labelled rows of two kinds of text, and lists, as files for the verb."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.training.corpus.jobs import run_verb

_GOOD = [
    "the", "river", "flows", "slowly", "through", "green", "valley", "where", "people", "lived",
]  # fmt: skip
_BAD = [
    "click", "here", "login", "subscribe", "menu", "cart", "share", "cookies", "accept", "buy",
]  # fmt: skip


def text_of(good: bool, seed: int, num_words: int = 30) -> str:
    """A text of words of one kind."""
    chooser = random.Random(seed)
    return " ".join(chooser.choices(_GOOD if good else _BAD, k=num_words))


def labelled(count: int = 120, *, score: bool = False) -> list[dict[str, Any]]:
    """Rows of both kinds in turn."""
    rows = []
    for seed in range(count):
        good = seed % 2 == 0
        label = (4.5 if good else 0.5) if score else ("good" if good else "debris")
        rows.append({"text": text_of(good, seed), "label": label})
    return rows


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """As JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def fit(folder: Path, rows: Sequence[dict[str, Any]] | Path, **fields: Any) -> Path:
    """The output of ``fit_classifier`` on these rows."""
    file = rows if isinstance(rows, Path) else write_rows(folder / "rows.jsonl", rows)
    return run_verb("fit_classifier", folder / "job", path=str(file), **fields)
