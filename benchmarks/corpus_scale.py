"""The whole way from jsonl to kept Parquet on corpora of any size, and two workers beside one.

Texts come from a real file: copy k of text i has its paragraphs in turn with those of another
text, so that lines and words are real and no copy is a near duplicate of the first. Every verb runs
in a process of its own, as on the command line; CPU seconds are those of the process and of its
workers, memory is the most private memory of one process.

Run: python -m benchmarks.corpus_scale TEXTS.jsonl [MEGABYTES ...]
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.table import Row, print_table
from training.registry import RULE_PRESETS

#: Of both: processes are compared in this many alternating rounds, and the best of each counts.
ROUNDS = 5
_STRIDE = 7_919


@dataclass(frozen=True)
class Spent:
    """Seconds of processor (its own, and with its workers) and by the clock; memory in MB."""

    own: float
    cpu: float
    wall: float
    memory: float


def rows(texts: Path, sizes: list[int]) -> Iterator[Row]:
    """One block per size; processes are compared on the first."""
    memories = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in sizes:
            home = folder / str(size)
            home.mkdir()
            num_bytes = write_corpus(texts, home / "texts.jsonl", size * 1_000_000)
            total, memory = 0.0, 0.0
            for verb, fields in _chain(home / "texts.jsonl"):
                spent = run(home / verb, verb, fields)
                total, memory = total + spent.cpu, max(memory, spent.memory)
                speed = num_bytes / 1e6 / spent.cpu
                yield Row(
                    f"  {size} MB, verb {verb}", f"{speed:.1f} MB/CPU-s",
                    f"{spent.memory:.0f} MB of memory", "",
                )  # fmt: skip
            memories.append(memory)
            speed = num_bytes / 1e6 / total
            yield Row(
                f"{size} MB, jsonl to kept Parquet", f"{speed:.1f} MB/CPU-s",
                f"{memory:.0f} MB of memory", "", ">= 5", speed >= 5,
            )  # fmt: skip
            if size == sizes[0]:
                yield from _two_beside_one(home)
    if len(memories) > 1:
        yield Row(
            f"memory, {sizes[-1]} MB against {sizes[0]} MB", f"{memories[-1]:.0f} MB",
            f"{memories[0]:.0f} MB", f"{memories[-1] / memories[0]:.2f}",
        )  # fmt: skip


def write_corpus(texts: Path, file: Path, num_bytes: int) -> int:
    """Write at least ``num_bytes`` of text as jsonl; returns how many were written."""
    with texts.open("rb") as lines:
        originals = [json.loads(line)["text"] for line in lines]
    written = 0
    with file.open("w") as out:
        for copy in itertools.count():
            for place, text in enumerate(originals):
                if copy:
                    other = originals[(place + copy * _STRIDE) % len(originals)]
                    text = _in_turn(text, other)
                out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
                written += len(text.encode())
                if written >= num_bytes:
                    return written
    return written


def _in_turn(one: str, other: str) -> str:
    """Every second paragraph of each."""
    pairs = itertools.zip_longest(one.split("\n\n")[::2], other.split("\n\n")[1::2])
    return "\n\n".join(part for pair in pairs for part in pair if part)


def _chain(texts: Path, workers: int = 1) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("extract", {"inputs": [{"path": str(texts)}], "num_workers": 1}),
        ("clean", {"documents": "extract/output", "rules": _rules(), "num_workers": workers}),
    ]


def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = RULE_PRESETS["english_web"].load().model_dump(mode="json")
    for name in ("near_duplicates", "personal_data", "language"):
        rules[name]["is_on"] = True
    rules["language"]["languages"] = ["en"]
    return rules


def run(folder: Path, verb: str, fields: dict[str, Any]) -> Spent:
    """One verb by the command line, its spec beside its folder."""
    spec = folder.parent / f"{folder.name}.yaml"
    spec.write_text(yaml.safe_dump(fields))
    command = [sys.executable, "-m", "benchmarks.spending", str(folder.parent / "spent.json")]
    command += [verb, str(spec), "--out", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=_environment())
    if done.returncode:
        raise SystemExit(done.stderr)
    return Spent(**json.loads((folder.parent / "spent.json").read_text()))


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def _two_beside_one(home: Path) -> Iterator[Row]:
    """``clean`` with one worker and with two, in turn."""
    walls: dict[int, list[float]] = {1: [], 2: []}
    serial = []
    for turn in range(ROUNDS):
        for workers in (1, 2):
            verb, fields = _chain(home / "texts.jsonl", workers)[1]
            spent = run(home / f"clean-{workers}-{turn}", verb, fields)
            walls[workers].append(spent.wall)
            if workers == 2:
                serial.append(spent.own / spent.cpu)
    ratio = min(walls[1]) / min(walls[2])
    yield Row(
        "  clean, two workers beside one", f"{min(walls[2]):.1f} s", f"{min(walls[1]):.1f} s",
        f"{ratio:.2f}", ">= 1.6", ratio >= 1.6,
    )  # fmt: skip
    share = statistics.median(serial)
    yield Row(
        "  share of CPU that is not in workers", f"{100 * share:.1f} %", "", "", "<= 5 %",
        share <= 0.05,
    )  # fmt: skip


if __name__ == "__main__":
    began = time.perf_counter()
    asked = [int(text) for text in sys.argv[2:]] or [100]
    print_table(rows(Path(sys.argv[1]), asked))
    print(f"{time.perf_counter() - began:.0f} s")
