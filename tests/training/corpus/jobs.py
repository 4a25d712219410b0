"""Runs verbs in a temporary folder the way the command line does, and reads what they left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from training import registry
from training.corpus.documents import Documents, DocumentWriter
from training.events import all_events
from training.folder.artifact import write_artifact
from training.folder.job import Job
from training.folder.layout import JobFolder


def run_verb(verb: str, folder: Path, **fields: Any) -> Path:
    """Run ``verb`` with these spec fields in ``folder``; returns its output folder."""
    row = registry.VERBS[verb]
    folder.mkdir(parents=True, exist_ok=True)
    spec = row.load_spec().parse(fields).resolve()
    job = Job(JobFolder(folder), verb=verb, spec=spec.to_dict())
    try:
        row.load()(spec, job)
    finally:
        job.close()
    return folder / "output"


def events_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The events of one kind."""
    return [event for event in all_events(JobFolder(folder).events) if event["kind"] == kind]


def documents_in(output: Path) -> list[dict[str, Any]]:
    """Every document, read by pyarrow alone."""
    rows: list[dict[str, Any]] = []
    for shard in sorted(output.glob("shard-*.parquet")):
        rows.extend(pq.read_table(shard).to_pylist())
    return rows


def extract_texts(folder: Path, texts: list[str], **fields: Any) -> Path:
    """A documents artifact with these texts, made through jsonl."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return run_verb("extract", folder / "extract", inputs=[{"path": "../texts.jsonl"}], **fields)


def resharded(documents: Path, folder: Path, shard_bytes: int) -> Path:
    """The same documents in more shards; returns ``folder``."""
    columns = ("doc_id", "text", "source", "language", "origin", "meta")
    with (
        write_artifact(folder, "documents") as draft,
        DocumentWriter(draft.path, shard_bytes) as writer,
    ):
        for batch in Documents.open(documents).batches(columns, batch_rows=3):
            writer.write(batch)
    return folder
