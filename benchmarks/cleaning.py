"""Cleaning beside DataTrove: all model-free signals, and the whole way from jsonl to kept texts.

One process, one thread, CPU time. DataTrove runs in an environment of its own (``PEERS=FOLDER``
with ``FOLDER/datatrove``), in the same run, on the first texts of the same file; its chain drops a
text at the first rule that fails, we compute every signal of every text.

Run: PEERS=FOLDER python -m benchmarks.cleaning TEXTS.jsonl
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.table import Row, print_table
from training.corpus.funnel import apply_rules
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.table import SignalTable
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.registry import RULE_PRESETS, RULES, SIGNALS, VERBS

ROUNDS = 3
#: Signals by a model: language identification.
_BY_MODEL = {"language", "language_score"}
_DATATROVE_BYTES = 6_000_000
_PIECE = 1_000


def rows(path: Path) -> Iterator[Row]:
    """Signals beside the peer, then the verbs."""
    texts, num_bytes = _texts(path)
    every = SIGNALS.keys() - _BY_MODEL
    ours = num_bytes / 1e6 / min(_signal_seconds(texts, every) for _ in range(ROUNDS))
    number = len(every)
    size = f"{num_bytes / 1e6:.0f} MB, {number} signals"
    yield Row("all model-free signals", f"{ours:.1f} MB/CPU-s", size, "")
    wanted = _signals_of_preset("english_web")
    web = num_bytes / 1e6 / min(_signal_seconds(texts, wanted) for _ in range(ROUNDS))
    yield Row(
        "those of the English web preset", f"{web:.1f} MB/CPU-s", f"{len(wanted)} signals", "",
        ">= 50", web >= 50,
    )  # fmt: skip
    yield from _beside_datatrove(path, ours)
    with tempfile.TemporaryDirectory() as folder:
        yield from _whole_way(path, Path(folder), num_bytes)


def _texts(path: Path) -> tuple[list[pa.Array], int]:
    pieces, some, num_bytes = [], [], 0
    with path.open("rb") as lines:
        for line in lines:
            some.append(json.loads(line)["text"])
            num_bytes += len(some[-1].encode())
            if len(some) == _PIECE:
                pieces.append(pa.array(some, pa.large_string()))
                some = []
    return [*pieces, pa.array(some, pa.large_string())], num_bytes


def _signals_of_preset(preset: str) -> set[str]:
    """What the rules of the preset look at in one document: all but the hash of its text."""
    rules = RULE_PRESETS[preset].load()
    on = [name for name in RULES if getattr(rules, name).is_on]
    return {RULES[name].load()(getattr(rules, name)).signal for name in on} & (
        SIGNALS.keys() - _BY_MODEL - {"text_hash"}
    )


def _signal_seconds(pieces: list[pa.Array], wanted: Collection[str]) -> float:
    functions = [row.load() for name, row in SIGNALS.items() if name in wanted]
    for function in functions:
        function(TextBatch(pieces[0]))
    began = time.process_time()
    for piece in pieces:
        batch = TextBatch(piece)
        for function in functions:
            function(batch)
    return time.process_time() - began


def _beside_datatrove(path: Path, ours: float) -> Iterator[Row]:
    python = Path(os.environ.get("PEERS", "")) / "datatrove" / "bin" / "python"
    if not python.is_file():
        yield Row("  DataTrove's chain", "", "not installed", "")
        return
    script = Path(__file__).parent / "peers" / "datatrove_chain.py"
    command = [str(python), str(script), str(path), str(_DATATROVE_BYTES)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    theirs = told["bytes"] / 1e6 / told["seconds"][0]
    yield Row(
        "  beside DataTrove's chain", f"{ours:.1f} MB/CPU-s", f"{theirs:.2f} MB/CPU-s",
        f"{ours / theirs:.0f}", ">= 50", ours / theirs >= 50,
    )  # fmt: skip


def _whole_way(path: Path, folder: Path, num_bytes: int) -> Iterator[Row]:
    """jsonl to kept Parquet: language, personal data, exact and near duplicates, one worker."""
    rules = RULE_PRESETS["english_web"].load().model_dump(mode="json")
    rules["near_duplicates"]["is_on"] = True
    rules["personal_data"]["is_on"] = True
    chain: list[tuple[str, dict[str, Any]]] = [
        ("extract", {"inputs": [{"path": str(path)}], "num_workers": 1}),
        ("clean", {"documents": "../extract/output", "rules": rules, "num_workers": 1}),
    ]
    total = 0.0
    for verb, fields in chain:
        began = _all_seconds()
        _run(folder / verb, verb, fields)
        seconds = _all_seconds() - began
        total += seconds
        yield Row(f"  verb {verb}", f"{num_bytes / 1e6 / seconds:.1f} MB/CPU-s", "", "")
    speed = num_bytes / 1e6 / total
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    yield Row(
        "jsonl to kept Parquet", f"{speed:.1f} MB/CPU-s", f"highest memory {memory:.0f} MB", "",
        ">= 5", speed >= 5,
    )  # fmt: skip
    table = SignalTable.read(folder / "clean" / "output")
    began = time.perf_counter()
    apply_rules(table, VERBS["clean"].load_spec().parse({"documents": "x", "rules": rules}).rules)
    seconds = time.perf_counter() - began
    yield Row("other thresholds", f"{seconds * 1e3:.0f} ms", f"{len(table):,} documents", "")


def _run(folder: Path, verb: str, fields: dict[str, Any]) -> None:
    folder.mkdir()
    row = VERBS[verb]
    spec = row.load_spec().parse(fields).resolve()
    job = Job(JobFolder(folder), verb=verb, spec=spec.to_dict())
    row.load()(spec, job)
    job.close()


def _all_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    print_table(rows(Path(sys.argv[1])))
