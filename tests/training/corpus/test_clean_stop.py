"""A clean job that is asked to stop has ended within seconds, in whichever stage it is."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from tests.training.corpus.jobs import events_of
from training.corpus.documents import SCHEMA, DocumentWriter, document_id
from training.folder.artifact import write_artifact
from training.folder.atomic import write_json
from training.folder.layout import JobFolder

#: The goal is 5 s on a machine that does nothing else.
_MOST_SECONDS = 15.0
_BATCH = 2_000
_TEXT = "The owner of house {0} was not at home when we came to it, {0} said to {0} there. " * 30


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 150 MB of text in three shards."""
    folder = tmp_path_factory.mktemp("documents") / "output"
    with write_artifact(folder, "documents") as draft, DocumentWriter(draft.path) as writer:
        for start in range(0, 60_000, _BATCH):
            numbers = range(start, start + _BATCH)
            columns = [
                pa.array([document_id("", "", n) for n in numbers], pa.binary(16)),
                pa.array([_TEXT.format(n) for n in numbers], pa.large_string()),
                pa.array(["web"] * _BATCH).dictionary_encode(),
                pa.array([""] * _BATCH).dictionary_encode(),
                pa.nulls(_BATCH, SCHEMA.field("origin").type),
                pa.array(["{}"] * _BATCH),
            ]
            writer.write(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["computing signals", "writing texts"])
def test_a_stop_is_heard_in_the_middle_of_a_stage(tmp_path, documents, stage):
    job = tmp_path / "clean"
    spec = tmp_path / "spec.yaml"
    spec.write_text(f"documents: {documents}\nnum_workers: 2\npreset: 'off'\n")
    command = [sys.executable, "-m", "training", "clean", spec, "--out", job]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        deadline = time.monotonic() + 300
        while stage not in [event["name"] for event in _phases(job)]:
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(0.5)
        JobFolder(job).stop.parent.mkdir(parents=True, exist_ok=True)
        write_json(JobFolder(job).stop, {"wanted": "stop"})
        asked = time.monotonic()
        child.wait(120)
    assert time.monotonic() - asked < _MOST_SECONDS
    assert len(events_of(job, "stopped")) == 1
    assert not (job / "output").exists()


def _phases(job: Path) -> list[dict]:
    return events_of(job, "phase") if JobFolder(job).events.exists() else []
