"""Near-duplicate search: speed of signatures beside peers, and planted pairs found.

Signatures are those of 14 x 8 hashes over word 5-grams, cutting words included, one thread, CPU
time. Peers run in environments of their own, in the same run on the same texts:
``PEERS=FOLDER`` with ``FOLDER/rensa`` and ``FOLDER/datatrove`` (virtual environments; what to
install stands in ``benchmarks/peers``); those that are missing are left out.
Planted: 100,000 documents; some are copies of others with words changed.

Run: PEERS=FOLDER python -m benchmarks.dedup [TEXTS.jsonl]
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.table import Row, print_table
from training.corpus.cpython_text import write_cpython_texts
from training.corpus.dedup.clusters import Clusters, Search
from training.corpus.dedup.curve import candidate_probability
from training.corpus.dedup.minhash import Banding, signatures
from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner
from training.corpus.signals.batch import TextBatch
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.registry import VERBS

ROUNDS = 3
BANDING = Banding(bands=14, rows=8, window=5)
NUM_PLANTED = 100_000
THRESHOLD = 0.7
_GOALS = {"rensa": 4.0, "datatrove": 100.0}
_DATATROVE_BYTES = 4_000_000
_NUM_WORDS = 120


def rows(file: Path | None = None) -> Iterator[Row]:
    """Speed, then what of the planted pairs is found."""
    with tempfile.TemporaryDirectory() as folder:
        path = file or _own_texts(Path(folder))
        yield from _speed(path)
        yield from _planted(Path(folder))


def _own_texts(folder: Path) -> Path:
    path = folder / "texts.jsonl"
    with path.open("wb") as joined:
        for part in write_cpython_texts(folder / "cpython"):
            joined.write(part.read_bytes())
    return path


def _speed(path: Path) -> Iterator[Row]:
    with path.open("rb") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    num_bytes = sum(len(text.encode()) for text in texts)
    pieces = [TextBatch.of(texts[at : at + 2_000]).texts for at in range(0, len(texts), 2_000)]
    signatures(TextBatch(pieces[0]), BANDING)
    ours = num_bytes / 1e6 / min(_seconds(lambda: _sign(pieces)) for _ in range(ROUNDS))
    yield Row("MinHash 14 x 8, words cut", f"{ours:.0f} MB/CPU-s", f"{num_bytes / 1e6:.0f} MB", "")
    for peer, arguments in (("rensa", ["2"]), ("datatrove", [str(_DATATROVE_BYTES)])):
        python = Path(os.environ.get("PEERS", "")) / peer / "bin" / "python"
        if not python.is_file():
            continue
        script = Path(__file__).parent / "peers" / f"{peer}_minhash.py"
        command = [str(python), str(script), str(path), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        told = json.loads(done.stdout.splitlines()[-1])
        theirs = told.get("bytes", num_bytes) / 1e6 / min(told["seconds"])
        ratio, goal = ours / theirs, _GOALS[peer]
        yield Row(
            f"the same beside {peer}", f"{ours:.0f} MB/CPU-s", f"{theirs:.2f} MB/CPU-s",
            f"{ratio:.1f}", f">= {goal:.0f}", ratio >= goal,
        )  # fmt: skip


def _sign(pieces: list) -> None:
    for piece in pieces:
        signatures(TextBatch(piece), BANDING)


def _seconds(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def _planted(folder: Path) -> Iterator[Row]:
    """Recall of pairs at or above the threshold + 0.02, precision of all that is joined."""
    texts, pairs = plant(NUM_PLANTED)
    (folder / "planted.jsonl").write_text(
        "".join(json.dumps({"text": text}) + "\n" for text in texts)
    )
    documents = _extract(folder)
    work = folder / "work"
    work.mkdir()
    began = time.process_time()
    runner = ShardRunner(Job(JobFolder(work), verb="dedup", spec={}), work, 1)
    search = Search(documents, Banding(), THRESHOLD, work / "near", runner)
    found = search.run()
    seconds = time.process_time() - began
    yield from _agreement(found, pairs, seconds)


def plant(number: int, *, seed: int = 7) -> tuple[list[str], list[tuple[int, int, float]]]:
    """(texts, (one, other, their Jaccard over word 5-grams)): one in ten has a changed copy."""
    dice = random.Random(seed)
    texts: list[str] = []
    pairs = []
    while len(texts) < number:
        words = [f"w{dice.randrange(50_000)}" for _ in range(_NUM_WORDS)]
        texts.append(" ".join(words))
        if dice.random() < 0.1:
            copy = list(words)
            for place in dice.sample(range(_NUM_WORDS), dice.randrange(1, 12)):
                copy[place] = f"x{dice.randrange(10**9)}"
            texts.append(" ".join(copy))
            pairs.append((len(texts) - 2, len(texts) - 1, _jaccard(words, copy)))
    return texts, pairs


def _jaccard(one: list[str], other: list[str]) -> float:
    sets = [{tuple(words[at : at + 5]) for at in range(len(words) - 4)} for words in (one, other)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def _extract(folder: Path) -> Documents:
    row, root = VERBS["extract"], JobFolder(folder / "extract")
    root.root.mkdir()
    spec = row.load_spec().parse({"inputs": [{"path": "../planted.jsonl"}]}).resolve()
    job = Job(root, verb="extract", spec=spec.to_dict())
    row.load()(spec, job)
    job.close()
    return Documents.open(root.output)


def _agreement(
    found: Clusters, pairs: list[tuple[int, int, float]], seconds: float
) -> Iterator[Row]:
    sure = [pair for pair in pairs if pair[2] >= THRESHOLD + 0.02]
    hits = sum(found.roots[one] == found.roots[other] for one, other, _ in sure)
    recall = hits / len(sure)
    expected = sum(candidate_probability(pair[2], 22, 5) for pair in sure) / len(sure)
    yield Row(
        f"planted pairs of >= {THRESHOLD + 0.02:.2f} found", f"{recall:.4f}",
        f"{len(sure):,} pairs, {expected:.4f} expected", "", ">= 0.99", recall >= 0.99,
    )  # fmt: skip
    true = {(one, other) for one, other, value in pairs if value >= THRESHOLD}
    joined = [
        (int(root), place) for place, root in enumerate(found.roots.tolist()) if root != place
    ]
    precision = sum(pair in true for pair in joined) / max(1, len(joined))
    yield Row(
        "joined pairs that are at the threshold", f"{precision:.4f}",
        f"{len(joined):,} joined, {found.num_compared:,} compared", "", ">= 0.99",
        precision >= 0.99,
    )  # fmt: skip
    yield Row("search of 100,000 documents", f"{seconds:.1f} CPU-s", "", "")


if __name__ == "__main__":
    print_table(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
