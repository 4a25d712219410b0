"""A threshold moved on a corpus of a million documents: what the helper does for it, in CPU time.

The columns are drawn at random with the spread of real ones (a third of the documents dropped, one
in ten a copy); texts are short, for a threshold reads none. *warm* is the median over thresholds
never asked before, in a process that has answered once; *cold* is the first answer of a process
with the files out of the page cache where the system lets us drop them, opening included.

Run: python -m benchmarks.refilter [DOCUMENTS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.table import Row, print_table
from training.corpus.corpus import RULES_FILE, describe
from training.corpus.dedup.column import column_name
from training.corpus.documents import SCHEMA, Documents, DocumentWriter
from training.corpus.search.index import INDEX_VERSION
from training.corpus.signals.table import SIGNALS_FOLDER, definitions
from training.folder.artifact import write_artifact
from training.folder.atomic import write_json
from training.registry import RULE_PRESETS, SIGNALS
from training.specs.clean import CleanSpec
from training.specs.rules import NearDuplicatesRule

NUM_DOCUMENTS = 1_000_000
WARM_LIMIT_MS, COLD_LIMIT_MS = 100.0, 1_500.0
_SOURCES = ("books", "code", "news", "web")
_BATCH = 50_000
#: Moved one after the other, as a person does: (rule, field, values).
_MOVES: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("word_count", "at_least", (20, 35, 60, 120)),
    ("repeated_5grams", "at_most", (0.05, 0.12, 0.2, 0.4)),
    ("digits", "at_most", (0.02, 0.1, 0.3)),
    ("mean_word_length", "at_least", (2.5, 3.5, 4.5)),
)


def rows(num_documents: int = NUM_DOCUMENTS) -> Iterator[Row]:
    """Warm and cold, with counts alone and with a page of documents."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = make_corpus(Path(folder), num_documents)
        name = f"{num_documents:,} documents"
        cold = [asked_cold(corpus) for _ in range(3)]
        yield _row(f"other thresholds, cold, {name}", cold, COLD_LIMIT_MS)
        counts, pages = asked_warm(corpus)
        yield _row(f"other thresholds, warm, {name}", counts, WARM_LIMIT_MS)
        yield _row("the same with a page of documents", pages, WARM_LIMIT_MS)


def _row(name: str, milliseconds: list[float], limit: float) -> Row:
    middle, most = statistics.median(milliseconds), max(milliseconds)
    limited = f"limit {limit:,.0f} ms"
    ours = f"{middle:.0f} ms CPU"
    return Row(
        name, ours, limited, f"slowest {most:.0f} ms", f"<= {limit:,.0f} ms", middle <= limit
    )


def asked_warm(corpus: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of CPU of each move: the funnel alone, and with ten documents."""
    from training.helper.corpora import filter_corpus

    rules = base_rules()
    filter_corpus(str(corpus), rules, rule="word_count", show="rule")
    counts, pages = [], []
    for rule, field, values in _MOVES:
        for value in values:
            rules[rule][field] = value
            started = time.process_time()
            filter_corpus(str(corpus), rules, rule=rule, show="rule", limit=0)
            middle = time.process_time()
            filter_corpus(str(corpus), rules, rule=rule, show="rule")
            counts.append(1e3 * (middle - started))
            pages.append(1e3 * (time.process_time() - started))
    return counts, pages


def asked_cold(corpus: Path) -> float:
    """Milliseconds of CPU of the first answer of a process that has imported everything."""
    for file in corpus.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    command = [sys.executable, "-m", "benchmarks.refilter", "--cold", str(corpus)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(answer.stdout)


def _cold(corpus: str) -> None:
    from training.corpus.funnel import rules_of
    from training.helper.corpora import filter_corpus
    from training.helper.deciding import parse_rules

    # What the helper imports once in its life is not the corpus's.
    list(rules_of(parse_rules(base_rules())))
    started = time.process_time()
    filter_corpus(corpus, base_rules(), rule="word_count", show="rule")
    print(1e3 * (time.process_time() - started))


def base_rules() -> dict[str, Any]:
    """The English web preset, with near duplicates and two more rules on."""
    rules: dict[str, Any] = RULE_PRESETS["english_web"].load().model_dump(mode="json")
    for name in ("near_duplicates", "digits", "language"):
        rules[name]["is_on"] = True
    return rules


def make_corpus(folder: Path, num_documents: int) -> Path:
    """A documents artifact and a corpus over it, with every column there is."""
    dice = np.random.default_rng(7)
    ids = dice.integers(0, 1 << 63, (num_documents, 2), dtype=np.uint64)
    sources = dice.integers(0, len(_SOURCES), num_documents).astype(np.int32)
    documents_folder = folder / "documents"
    with (
        write_artifact(documents_folder, "documents") as draft,
        DocumentWriter(draft.path) as writer,
    ):
        for start in range(0, num_documents, _BATCH):
            writer.write(_documents(ids[start : start + _BATCH], sources[start : start + _BATCH]))
    documents = Documents.open(documents_folder)
    corpus = folder / "corpus"
    with write_artifact(corpus, "corpus", inputs={"documents": documents_folder}) as draft:
        _write_columns(draft.path / SIGNALS_FOLDER, documents, ids, sources, dice)
        write_json(draft.path / RULES_FILE, base_rules())
        kept = np.ones(num_documents, dtype=bool)
        spec = CleanSpec.parse({"documents": "stored"})
        describe(draft.path, corpus, documents, kept, 0, spec)
    return corpus


def _documents(ids: npt.NDArray[np.uint64], sources: npt.NDArray[np.int32]) -> pa.RecordBatch:
    number = len(ids)
    names = pa.array(_SOURCES).take(pa.array(sources)).dictionary_encode()
    texts = [f"A text of no. {one} that nobody reads while a threshold moves." for one in ids[:, 0]]
    columns = [
        pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(16), number, [None, pa.py_buffer(ids.astype(">u8").tobytes())]
        ),
        pa.array(texts, pa.large_string()),
        names,
        pa.array([""] * number).dictionary_encode(),
        pa.nulls(number, SCHEMA.field("origin").type),
        pa.array(["{}"] * number),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _write_columns(
    folder: Path, documents: Documents, ids: npt.NDArray[np.uint64],
    sources: npt.NDArray[np.int32], dice: np.random.Generator,
) -> None:  # fmt: skip
    folder.mkdir()
    number = len(ids)
    copies = dice.integers(0, number, number // 10)
    hashes = dice.integers(0, 1 << 63, (number, 2), dtype=np.uint64)
    hashes[dice.integers(0, number, len(copies))] = hashes[copies]
    roots = np.arange(number)
    roots[np.maximum(copies, copies[::-1])] = np.minimum(copies, copies[::-1])
    special = {
        "doc_id": ids,
        "source": sources,
        "text_hash": hashes,
        "language": np.full(number, 1, dtype=np.int16),
        "num_bytes": np.exp(dice.normal(7.5, 1.2, number)).astype(np.int64),
        column_name(NearDuplicatesRule()): roots,
    }
    for name in {*SIGNALS, *special}:
        np.save(folder / f"{name}.npy", special.get(name, _drawn(name, number, dice)))
    info = {
        "documents_id": documents.manifest.id,
        "num_documents": number,
        "source_names": _SOURCES,
        "definitions": definitions(),
        "search_index": INDEX_VERSION,
    }
    write_json(folder / "signals.json", info)


def _drawn(name: str, number: int, dice: np.random.Generator) -> npt.NDArray[Any]:
    """Counts are log-normal, means normal, shares mostly small (or mostly one, by name)."""
    if "count" in name or name == "distinct_stop_words":
        return np.exp(dice.normal(5, 1.3, number)).astype(np.int64)
    if name.startswith("mean_"):
        return dice.normal(5, 1, number).astype(np.float32)
    if name in {"alphabetic_token_fraction", "ended_line_fraction", "language_score"}:
        return (1 - dice.beta(1, 30, number)).astype(np.float32)
    return dice.beta(1, 40, number).astype(np.float32)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--cold"]:
        _cold(sys.argv[2])
    else:
        print_table(rows(*map(int, sys.argv[1:])))
