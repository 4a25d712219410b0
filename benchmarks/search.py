"""Search over a large corpus of real texts: with the index made beside the signals, and without.

The texts are CPython's topics and docstrings and the texts in ../shared/data, repeated; in every
copy each word is replaced with a chance of 1 in 50 by another word of the same text, so copies
are alike and not equal. Phrases are planted once, in a document of the middle. Wall and CPU time,
the file cache warm; best of three. Run: python -m benchmarks.search [MEGABYTES]
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from benchmarks.table import Row, print_table
from training.corpus.cpython_text import write_cpython_texts
from training.corpus.documents import SCHEMA, Documents, DocumentWriter, document_id, shard_batches
from training.corpus.search.index import IndexWriter
from training.corpus.search.phrase import Phrase
from training.corpus.search.searcher import Searcher
from training.corpus.signals.batch import TextBatch
from training.folder.artifact import write_artifact

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
DEFAULT_MEGABYTES = 200
#: Planted once: common words and signs in an order that is nowhere else.
PLANTED = {
    "rare phrase": "the method of the list was lost by the lighthouse keeper in 1907",
    "rare word": "zymoscopically",
    "rare, two common words": "return lighthouse",
    "rare Chinese": "灯塔看守人遗失了清单",
}
COMMON = "the"
NUM_ROUNDS = 3
_WORD = re.compile(r"\w+")


def rows(megabytes: int = DEFAULT_MEGABYTES) -> Iterator[Row]:
    """Make the corpus, then its index, then search."""
    with tempfile.TemporaryDirectory() as folder:
        documents, num_bytes = make_corpus(Path(folder), megabytes)
        index = Path(folder) / "index"
        index.mkdir()
        wall, cpu = timed(lambda: make_index(documents, index))
        size = sum(file.stat().st_size for file in index.iterdir())
        share = size / num_bytes
        yield Row("text", f"{num_bytes / 1e6:.0f} MB", f"{documents.num_documents:,} documents", "")
        speed = f"{num_bytes / 1e6 / cpu:.0f} MB/CPU-s"
        told = f"{share:.1%} of the text"
        yield Row("index made", speed, f"{wall:.1f} s", told, "<= 8 %", share <= 0.08)
        searchers = {"index": Searcher(documents, index), "no index": Searcher(documents)}
        for name, searcher in searchers.items():
            for what, phrase in {**PLANTED, "common word": COMMON}.items():
                for ignores_case in (False, True):
                    yield from measured(name, what, phrase, searcher, num_bytes / 1e9, ignores_case)


def measured(
    name: str, what: str, text: str, searcher: Searcher, scale: float, ignores_case: bool
) -> Iterator[Row]:
    """First hit and all hits of one phrase."""
    case = ", any case" if ignores_case else ""
    label = f"{what}{case}, {name}"
    is_indexed = searcher.has_index
    wall, cpu = best(lambda: first_hit(searcher, text, ignores_case))
    goal, is_met = ("<= 0.5 s", wall <= 0.5) if is_indexed else ("", None)
    yield Row(f"first hit: {label}", f"{wall:.3f} s", f"{cpu:.3f} CPU-s", "", goal, is_met)
    wall, cpu = best(lambda: all_hits(searcher, text, ignores_case))
    hits, groups = all_hits(searcher, text, ignores_case)
    limit = 3.0 if is_indexed else 6.0
    has_goal = what != "common word" or not is_indexed
    yield Row(
        f"all hits: {label}",
        f"{wall:.3f} s",
        f"{cpu:.3f} CPU-s; {hits:,} hits, {groups} groups",
        f"{wall / scale:.2f} s for 1 GB",
        f"<= {limit:g} s for 1 GB" if has_goal else "",
        wall / scale <= limit if has_goal else None,
    )


def first_hit(searcher: Searcher, text: str, ignores_case: bool) -> None:
    """Until the first document is there."""
    phrase = Phrase.of(text, ignores_case=ignores_case)
    for piece in searcher.search(phrase, most_documents=1):
        if piece.found:
            return
    raise AssertionError(f"{text} is not found")


def all_hits(searcher: Searcher, text: str, ignores_case: bool) -> tuple[int, int]:
    """(hits, row groups read)."""
    phrase = Phrase.of(text, ignores_case=ignores_case)
    pieces = list(searcher.search(phrase, most_documents=10))
    return sum(piece.num_hits for piece in pieces), len(pieces) - 1


def best(work: Callable[[], object]) -> tuple[float, float]:
    """(wall, CPU) seconds, each the least of several rounds."""
    times = [timed(work) for _ in range(NUM_ROUNDS)]
    return min(wall for wall, _ in times), min(cpu for _, cpu in times)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def make_index(documents: Documents, folder: Path) -> None:
    """As the signal pass does it, shard after shard."""
    for number, shard in enumerate(documents.shards()):
        with IndexWriter(folder, number, shard) as writer:
            for batch in shard_batches(shard, ("text",)):
                writer.add(TextBatch(batch.column("text")))


def make_corpus(folder: Path, megabytes: int) -> tuple[Documents, int]:
    """A documents artifact of about so many megabytes of text."""
    texts = real_texts(folder)
    dice = random.Random(0)
    written = number = 0
    planted = False
    output = folder / "documents"
    with write_artifact(output, "documents") as draft, DocumentWriter(draft.path) as writer:
        while written < megabytes * 1_000_000:
            some = [changed(text, dice) for text in texts]
            if not planted and written > megabytes * 500_000:
                planted = True
                for place, phrase in zip((7, 70, 700, 1_700), PLANTED.values(), strict=True):
                    some[place] += f"\n{phrase}.\n{some[place + 1]}"
            writer.write(batch_of(some, number))
            number += len(some)
            written += sum(len(text.encode()) for text in some)
    return Documents.open(output), written


def batch_of(texts: list[str], first: int) -> pa.RecordBatch:
    """Texts as the shards hold them."""
    ids = [document_id("benchmark", "", first + place) for place in range(len(texts))]
    origin = {"file": "benchmark.txt", "page": None, "line": 1, "offset": 0, "member": ""}
    names = pa.DictionaryArray.from_arrays(pa.array([0] * len(texts), pa.int32()), ["real"])
    meta = pa.array([""] * len(texts))
    columns = [pa.array(ids, pa.binary(16)), pa.array(texts, pa.large_string()), names, names]
    origins = pa.array([origin] * len(texts), SCHEMA.field("origin").type)
    return pa.RecordBatch.from_arrays([*columns, origins, meta], schema=SCHEMA)


def changed(text: str, dice: random.Random) -> str:
    """One word in fifty becomes another word of the text."""
    words = _WORD.findall(text)
    return _WORD.sub(lambda m: dice.choice(words) if dice.random() < 0.02 else m[0], text)


def real_texts(folder: Path) -> list[str]:
    """CPython's texts, and those beside the repository where they are."""
    files = write_cpython_texts(folder)
    texts = [json.loads(line)["text"] for file in files for line in file.open("rb")]
    for file in sorted(DATA.glob("corpora/**/*.jsonl")):
        for line in file.open("rb"):
            text = json.loads(line).get("text")
            texts += [text] if isinstance(text, str) else []
    return texts


if __name__ == "__main__":
    print_table(rows(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_MEGABYTES))
