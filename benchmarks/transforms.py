"""Transforms: megabytes of text per CPU second, each beside plain Python that does the same.

One process, one thread, CPU time, best of several rounds. First what finds the edits (of the last
three their counting too), then the verb with everything on, from documents to documents. Text:
Python's own documentation and docstrings (about 2 MB), or the ``text`` of a jsonl file.

Run: python -m benchmarks.transforms [TEXTS.jsonl]
"""

from __future__ import annotations

import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ftfy

from benchmarks.table import Row, print_table
from training.corpus.cpython_text import write_cpython_texts
from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner
from training.corpus.transforms.chain import Chain, Link
from training.corpus.transforms.passes import ChainPasses
from training.corpus.transforms.record import RecordRoom
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.registry import TRANSFORMS, VERBS

ROUNDS = 3
PEER_BYTES = 2_000_000
GOALS = {"mend_unicode": 50.0, "line_rules": 50.0, "duplicate_lines": 50.0}

_SENTENCE = re.compile(r"[^.!?…。！？]+[.!?…。！？]*")
_DROPPED = re.compile(r"[^\w\s]|[\x00-\x1f]")
_DIGIT = re.compile(r"\d")
_CITATION = re.compile(r"\[(?:\d*|edit|citation needed)\]", re.IGNORECASE)
_POLICY = ("javascript", "terms of use", "privacy policy", "cookie policy", "use cookies")


def rows(path: Path | None) -> Iterator[Row]:
    """Each transform alone, then the verb."""
    with tempfile.TemporaryDirectory() as folder:
        documents = _documents(path, Path(folder))
        texts = [text for batch in documents.batches() for text in batch.column("text").to_pylist()]
        num_bytes = sum(len(text.encode()) for text in texts)
        peer_texts, peer_bytes = _first(texts)
        for name in TRANSFORMS:
            if name not in PEERS:
                continue
            ours = num_bytes / 1e6 / _edit_seconds(name, documents, Path(folder))
            began = time.process_time()
            PEERS[name](peer_texts)
            peer = peer_bytes / 1e6 / (time.process_time() - began)
            goal = GOALS.get(name)
            yield Row(
                name,
                f"{ours:.0f} MB/CPU-s",
                f"plain Python {peer:.1f} MB/CPU-s",
                f"{ours / peer:.0f}",
                f">= {goal:g} MB/CPU-s" if goal else "",
                ours >= goal if goal else None,
            )
        yield _verb_row(documents, num_bytes, Path(folder))


def _edit_seconds(name: str, documents: Documents, folder: Path) -> float:
    """CPU time of reading the shards, passes and edits; the best round."""
    options = TRANSFORMS[name].load_spec()(is_on=True)
    shards = tuple(documents.shards())
    counts = [0, documents.num_documents]
    if len(shards) > 1:
        import pyarrow.parquet as pq

        counts = [0]
        for shard in shards:
            counts.append(counts[-1] + pq.read_metadata(shard).num_rows)
    seconds = []
    for number in range(ROUNDS + 1):
        room = folder / f"{name}-{number}"
        room.mkdir()
        link = Link(name, options, room / "own")
        link.folder.mkdir()
        chain = Chain(shards, tuple(counts), (link,))
        job = Job(JobFolder(room), verb="transform", spec={})
        began = time.process_time()
        records = RecordRoom(room / "told", 0, 0)
        passes = ChainPasses(Chain(shards, chain.starts), ShardRunner(job, room, 1), records, name)
        link.load().prepare(passes)
        for shard in range(len(shards)):
            for _ in chain.read(shard, lambda: None):
                pass
        seconds.append(time.process_time() - began)
        job.close()
    return min(seconds[1:])


def _verb_row(documents: Documents, num_bytes: int, folder: Path) -> Row:
    on = {name: {"is_on": True} for name in PEERS}
    row = VERBS["transform"]
    spec = row.load_spec().parse({"documents": str(documents.folder), "num_workers": 1, **on})
    room = folder / "verb"
    room.mkdir()
    job = Job(JobFolder(room), verb="transform", spec=spec.to_dict())
    began = time.process_time()
    row.load()(spec, job)
    seconds = time.process_time() - began
    job.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = f"{num_bytes / 1e6:.0f} MB, peak {peak:.0f} MB"
    return Row(f"the verb, {len(on)} on", f"{num_bytes / 1e6 / seconds:.1f} MB/CPU-s", size, "")


def _documents(path: Path | None, folder: Path) -> Documents:
    files = write_cpython_texts(folder / "texts") if path is None else [path]
    row = VERBS["extract"]
    spec = row.load_spec().parse({"inputs": [{"path": str(file.resolve())} for file in files]})
    room = folder / "extract"
    room.mkdir()
    job = Job(JobFolder(room), verb="extract", spec=spec.to_dict())
    row.load()(spec.resolve(), job)
    job.close()
    return Documents.open(room / "output")


def _first(texts: list[str]) -> tuple[list[str], int]:
    """So many texts that the peer is done in seconds."""
    found: list[str] = []
    size = 0
    for text in texts:
        found.append(text)
        size += len(text.encode())
        if size >= PEER_BYTES:
            break
    return found, size


def _mend(texts: list[str]) -> object:
    return [ftfy.fix_text(text) for text in texts]


def _citations(texts: list[str]) -> object:
    return [_CITATION.sub("", text) for text in texts]


def _line_rules(texts: list[str]) -> object:
    def stays(line: str) -> bool:
        lower = line.lower()
        return len(line.split()) >= 3 and not any(phrase in lower for phrase in _POLICY)

    return ["\n".join(line for line in text.split("\n") if stays(line)) for text in texts]


def _repeated_lines(texts: list[str]) -> object:
    def kept(text: str) -> str:
        seen: set[str] = set()
        lines = []
        for line in text.split("\n"):
            if line not in seen:
                lines.append(line)
            seen.add(line)
        return "\n".join(lines)

    return [kept(text) for text in texts]


def _form(piece: str) -> str:
    """In the manner of CCNet."""
    return _DROPPED.sub("", _DIGIT.sub("0", piece.strip().lower()))


def _copies(cut: Callable[[str], list[str]]) -> Callable[[list[str]], object]:
    def run(texts: list[str]) -> object:
        counts: dict[str, int] = {}
        for text in texts:
            for piece in cut(text):
                form = _form(piece)
                counts[form] = counts.get(form, 0) + 1
        return [[piece for piece in cut(text) if counts[_form(piece)] < 2] for text in texts]

    return run


PEERS: dict[str, Callable[[list[str]], Any]] = {
    "mend_unicode": _mend,
    "citations": _citations,
    "line_rules": _line_rules,
    "repeated_lines": _repeated_lines,
    "repeated_sentences": _copies(_SENTENCE.findall),
    "duplicate_paragraphs": _copies(lambda text: text.split("\n\n")),
    "duplicate_lines": _copies(lambda text: text.split("\n")),
}

if __name__ == "__main__":
    print_table(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
