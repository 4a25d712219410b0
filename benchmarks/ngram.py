"""The n-gram model: how fast it is fitted, and how fast texts are scored, beside KenLM.

A 5-gram model of all texts is fitted twice (the first compiles) and scores them; one thread, CPU
time, megabytes of UTF-8. KenLM gets lines that are cut into words already, we get the texts.
KenLM runs in an environment of its own: ``PEERS=FOLDER`` with ``FOLDER/kenlm`` (kenlm==0.3.0),
and ``FOLDER/lmplz`` if it is built; those that are missing are left out.

Run: PEERS=FOLDER python -m benchmarks.ngram [TEXTS.jsonl]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.table import Row, print_table
from training.corpus.cpython_text import write_cpython_texts
from training.corpus.ngram_lm.fitting import Fitting
from training.corpus.ngram_lm.model import NgramModel
from training.corpus.places import lines_of_words
from training.corpus.signals.batch import TextBatch

ROUNDS = 3
ORDER = 5
VOCAB_SIZE = 500_000
GOAL = 5.0


def rows(file: Path | None = None) -> Iterator[Row]:
    """Fitting, scoring, and the peers that are there."""
    with tempfile.TemporaryDirectory() as folder:
        texts = list(_texts(file, Path(folder)))
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        batches = [TextBatch.of(texts[at : at + 2_000]) for at in range(0, len(texts), 2_000)]
        lines = Path(folder) / "lines.txt"
        words = [" ".join(line) for text in texts for line in lines_of_words(text)]
        lines.write_text("\n".join(words), encoding="utf-8")
        model = Path(folder) / "model"
        yield _fitting(batches, model, megabytes)
        yield from _lmplz(lines, Path(folder), megabytes)
        yield from _scoring(batches, model, lines, megabytes)


def _texts(file: Path | None, folder: Path) -> Iterator[str]:
    files = [file] if file else write_cpython_texts(folder / "cpython")
    for path in files:
        with path.open("rb") as opened:
            yield from (json.loads(line)["text"] for line in opened)


def _fitting(batches: list[TextBatch], folder: Path, megabytes: float) -> Row:
    fitting = Fitting(lambda: batches, ORDER, VOCAB_SIZE, 1)

    def fit(target: Path) -> list[int]:
        target.mkdir()
        with tempfile.TemporaryDirectory(dir=target) as work:
            return fitting.run(target, Path(work)).counts

    fit(folder.with_name("compiled"))
    began = time.process_time()
    counts = fit(folder)
    rate = megabytes / (time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Row(
        f"fit a {ORDER}-gram model", f"{rate:.1f} MB/CPU-s",
        f"{megabytes:.0f} MB, {sum(counts) / 1e6:.1f} M n-grams", f"peak {peak:,.0f} MiB",
    )  # fmt: skip


def _lmplz(lines: Path, folder: Path, megabytes: float) -> Iterator[Row]:
    program = Path(os.environ.get("PEERS", "")) / "lmplz"
    if not program.is_file():
        return
    command = [
        str(program), "-o", str(ORDER), "-S", "500M", "-T", str(folder), "--discount_fallback",
        "--text", str(lines), "--arpa", str(folder / "lmplz.arpa"),
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    yield Row("the same by lmplz", f"{megabytes / seconds:.1f} MB/CPU-s", "", "")


def _scoring(
    batches: list[TextBatch], folder: Path, lines: Path, megabytes: float
) -> Iterator[Row]:
    model = NgramModel.open(folder)
    model.score(batches[0])
    seconds = min(_seconds(lambda: [model.score(one) for one in batches]) for _ in range(ROUNDS))
    ours = megabytes / seconds
    yield Row("score texts", f"{ours:.1f} MB/CPU-s", "", "", f">= {GOAL:.0f}", ours >= GOAL)
    python = Path(os.environ.get("PEERS", "")) / "kenlm" / "bin" / "python"
    if not python.is_file():
        return
    script = Path(__file__).parent / "peers" / "kenlm_scores.py"
    arpa = folder / "model.arpa"
    command = [str(python), str(script), str(arpa), str(lines), str(ROUNDS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    theirs = lines.stat().st_size / 1e6 / min(told["seconds"])
    total = sum(float(model.score(one).log10.sum()) for one in batches)
    away = abs(total - told["log10"]) / abs(total)
    yield Row(
        "the same beside KenLM", f"{ours:.1f} MB/CPU-s", f"{theirs:.1f} MB/CPU-s (words cut)",
        f"{ours / theirs:.2f}", f"log10 within {away:.0e}",
    )  # fmt: skip


def _seconds(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


if __name__ == "__main__":
    print_table(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
