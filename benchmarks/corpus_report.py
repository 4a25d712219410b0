"""The quality report of a corpus: speed, and whether samples tell what all documents would.

Text: the standard library of the running Python with its tests, and Python's documentation topics
and docstrings, as three sources. Speed: megabytes of UTF-8 of read documents per CPU second, of the
counting alone and of the whole verb, one worker, best of three rounds. Samples: of every ratio of
every source, measured on 200 documents, whether it lies within two standard errors of what all
documents give (95 of 100 should, fewer where few documents have something).
Run: python -m benchmarks.corpus_report
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.pii import source_texts
from benchmarks.table import Row, print_table
from tests.training.corpus.jobs import run_verb
from training.corpus.cpython_text import write_cpython_texts
from training.corpus.quality_report.facts import facts_of
from training.corpus.quality_report.words import WordPlaces
from training.corpus.signals.batch import TextBatch

NUM_ROUNDS = 3
SPEED_GOAL = 4.0
COVERAGE_GOAL = 0.85
SAMPLE = 200
NUM_SEEDS = 5
EVERYTHING = {"sample_documents": 200_000, "sample_bytes": 2_000_000_000}


def rows() -> Iterator[Row]:
    """Speed of the parts, of the whole, and what samples are worth."""
    yield facts_row(source_texts()[:400])
    with tempfile.TemporaryDirectory() as folder:
        corpus = corpus_of(Path(folder))
        yield whole_row(corpus, Path(folder))
        yield coverage_row(corpus, Path(folder))


def facts_row(texts: list[str]) -> Row:
    """Sentences, brackets, doubled words, compression and phrases of one document."""
    batch = TextBatch.of(texts)
    facts_of(batch, WordPlaces.of(batch))
    speed = rate(lambda: facts_of(batch, WordPlaces.of(batch)), size_of(texts))
    return Row("facts of documents", f"{speed:.0f} MB/s", "", "")


def whole_row(corpus: Path, folder: Path) -> Row:
    """The verb on every document, without a search of near duplicates."""
    read: list[float] = []

    def run() -> None:
        data = report(corpus, folder / "speed", near_duplicates=False, **EVERYTHING)
        told = data["populations"][1:]
        read[:] = [sum(one["before"]["sampled_bytes"] for one in told) / 1e6]

    run()
    speed = rate(run, read[0])
    return Row(
        f"whole report, {read[0]:.0f} MB read", f"{speed:.1f} MB/s", "", "",
        f">= {SPEED_GOAL:g} MB/s", speed >= SPEED_GOAL,
    )  # fmt: skip


def coverage_row(corpus: Path, folder: Path) -> Row:
    """Sampled ratios against those of all documents."""
    options = {"near_duplicates": False}
    whole = report(corpus, folder / "whole", **options, **EVERYTHING)
    inside = total = 0
    for seed in range(NUM_SEEDS):
        few = report(corpus, folder / "few", **options, sample_documents=SAMPLE, seed=seed)
        for one, true in zip(few["populations"][1:], whole["populations"][1:], strict=True):
            measures = one["before"]["measures"]
            for name, told in measures.items():
                # Likely misspellings depend on what is frequent in the sample itself.
                if told["error"] and name != "likely_slips":
                    truth = true["before"]["measures"][name]["value"]
                    inside += abs(told["value"] - truth) <= 2 * told["error"]
                    total += 1
    share = inside / total
    return Row(
        f"ratios of {SAMPLE} documents within 2 errors", f"{share:.1%}", f"{inside} of {total}",
        "", f">= {COVERAGE_GOAL:.0%}", share >= COVERAGE_GOAL,
    )  # fmt: skip


def corpus_of(folder: Path) -> Path:
    """Three sources, cleaned gently."""
    texts = write_cpython_texts(folder / "texts")
    lines = "".join(json.dumps({"text": text}) + "\n" for text in source_texts())
    (folder / "texts" / "code.jsonl").write_text(lines)
    files = [*texts, folder / "texts" / "code.jsonl"]
    inputs = [{"path": f"../texts/{file.name}", "source": file.stem} for file in files]
    run_verb("extract", folder / "extract", inputs=inputs)
    return run_verb("clean", folder / "clean", documents="../extract/output", preset="gentle")


def report(corpus: Path, folder: Path, **fields: Any) -> dict[str, Any]:
    """``report.json`` of a run in a fresh folder."""
    shutil.rmtree(folder, ignore_errors=True)
    output = run_verb("corpus_report", folder, corpus=str(corpus), num_workers=1, **fields)
    return dict(json.loads((output / "report.json").read_bytes()))


def rate(work: Callable[[], object], megabytes: float, rounds: int = NUM_ROUNDS) -> float:
    """Megabytes per CPU second, the best of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return megabytes / best


def size_of(texts: list[str]) -> float:
    """Megabytes of UTF-8."""
    return sum(len(text.encode()) for text in texts) / 1e6


if __name__ == "__main__":
    print_table(rows())
