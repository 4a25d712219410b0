"""Cleaning signals against plain Python with compiled regular expressions; then the verbs, and
thresholds moved on a million documents (`benchmarks.refilter`).

Both sides compute the same five signals and the same hash of the same real text (CPython's topics
and docstrings), in turns, in one process, in CPU time; their values are compared first. Rates are
megabytes of UTF-8 per CPU second. Run: python -m benchmarks.corpus
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import xxhash

from benchmarks import refilter
from benchmarks.table import Row, bootstrap_interval, print_table
from training import registry
from training.corpus.cpython_text import write_cpython_texts
from training.corpus.funnel import apply_rules
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.stop_words import stop_words
from training.corpus.signals.table import SignalTable
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.registry import RULE_PRESETS
from training.specs.rules import RulesPart

NUM_ROUNDS = 7
COPIES = 5
COMPARED = ("num_bytes", "word_count", "stop_word_share", "duplicate_line_fraction",
            "repeated_5gram_share", "text_hash")  # fmt: skip
_WORD = re.compile(r"\w+")
_STOP_WORDS = stop_words()


def rows() -> Iterator[Row]:
    """Signals against the baseline, then each verb on its own."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_cpython_texts(Path(folder))
        texts = [json.loads(line)["text"] for file in files for line in file.open("rb")]
        yield compare_signals(texts)
        seconds = cpu_seconds(lambda: every_signal(texts))
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        number = f"{len(registry.SIGNALS)} signals"
        yield Row("every signal", f"{megabytes / seconds:.0f} MB/CPU-s", number, "")
        yield from time_verbs(Path(folder), texts)
    yield from refilter.rows()


def compare_signals(texts: list[str]) -> Row:
    """MB per CPU second of both sides, and the median ratio of alternating rounds."""
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    assert_same(compiled(texts), plain(texts))
    ours, theirs = [], []
    for _ in range(NUM_ROUNDS):
        ours.append(cpu_seconds(lambda: compiled(texts)))
        theirs.append(cpu_seconds(lambda: plain(texts)))
    middle, low, high = bootstrap_interval(theirs, ours)
    return Row(
        "cleaning signals",
        f"{megabytes / min(ours):.0f} MB/CPU-s",
        f"plain Python {megabytes / min(theirs):.1f} MB/CPU-s",
        f"{middle:.1f} [{low:.1f}, {high:.1f}]",
    )


def compiled(texts: list[str]) -> list[np.ndarray]:
    """The compared signals by the kernels."""
    batch = TextBatch.of(texts)
    return [np.asarray(registry.SIGNALS[name].load()(batch)) for name in COMPARED]


def every_signal(texts: list[str]) -> None:
    """All signals by the kernels."""
    batch = TextBatch.of(texts)
    for row in registry.SIGNALS.values():
        row.load()(batch)


def plain(texts: list[str]) -> list[np.ndarray]:
    """The same signals with ``re``, sets and tuples (ASCII words, as ``\\w`` sees them)."""
    rows = [plain_signals(text) for text in texts]
    return [np.array(column) for column in zip(*rows, strict=True)]


def plain_signals(text: str) -> tuple[int, int, float, float, float, bytes]:
    """The signals of one text in the order of ``COMPARED``."""
    words = _WORD.findall(text.lower())
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    seen: set[tuple[str, ...]] = set()
    repeated, uncounted = 0, 0
    for first, gram in enumerate(zip(*(words[start:] for start in range(5)), strict=False)):
        if gram in seen:
            repeated += sum(map(len, words[max(first, uncounted) : first + 5]))
            uncounted = first + 5
        seen.add(gram)
    return (
        len(text.encode()),
        len(words),
        sum(word in _STOP_WORDS for word in words) / max(1, len(words)),
        (len(lines) - len(set(lines))) / max(1, len(lines)),
        repeated / max(1, sum(map(len, words))),
        xxhash.xxh3_128_digest(" ".join(text.split()).encode()),
    )


def assert_same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    """All but a few texts (combining marks are letters to us, not to ``re``) agree."""
    for mine, other in zip(ours, theirs, strict=True):
        is_number = mine.dtype.kind in "if"
        agreeing = np.isclose(mine, other) if is_number else mine.astype("S") == other.astype("S")
        assert np.mean(agreeing) > 0.99, "the two sides do not compute the same"


def time_verbs(folder: Path, texts: list[str]) -> Iterator[Row]:
    """Extract, clean, tokenizer and tokenize one after another, children included."""
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for copy in range(COPIES):
            for text in texts:
                file.write(json.dumps({"text": f"{text}\n{copy}"}, ensure_ascii=False) + "\n")
    num_bytes = (folder / "corpus.jsonl").stat().st_size
    off = RULE_PRESETS["off"].load().model_dump(mode="json")
    chain: list[tuple[str, dict[str, object]]] = [
        ("extract", {"inputs": [{"path": "../corpus.jsonl"}]}),
        ("clean", {"documents": "../extract/output", "rules": off}),
        ("tokenizer", {"corpus": "../clean/output", "vocab_size": 8192}),
        ("tokenize", {"corpus": "../clean/output", "tokenizer": "../tokenizer/output"}),
    ]
    for verb, fields in chain:
        started = all_cpu_seconds()
        run_verb(folder / verb, verb, fields)
        seconds = all_cpu_seconds() - started
        documents = f"{COPIES * len(texts) / seconds:,.0f} documents/CPU-s"
        yield Row(f"verb {verb}", f"{num_bytes / 1e6 / seconds:.1f} MB/CPU-s", documents, "")
    table = SignalTable.read(folder / "clean" / "output")
    seconds = cpu_seconds(lambda: apply_rules(table, RulesPart()))
    yield Row("other thresholds", f"{seconds * 1e3:.0f} ms CPU", f"{len(table):,} documents", "")


def run_verb(folder: Path, verb: str, fields: dict[str, object]) -> None:
    """Run one verb as the command line does."""
    folder.mkdir()
    row = registry.VERBS[verb]
    spec = row.load_spec().parse(fields).resolve()
    job = Job(JobFolder(folder), verb=verb, spec=spec.to_dict())
    row.load()(spec, job)
    job.close()


def cpu_seconds(run: Callable[[], object]) -> float:
    """CPU time of one call."""
    started = time.process_time()
    run()
    return time.process_time() - started


def all_cpu_seconds() -> float:
    """CPU time of this process, its threads and the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    print_table(rows())
