"""A disk that is full: exit code 4, a sentence that says so, nothing half-written, and it goes on.

Every verb of the main job runs on a real file system without room, then again after room is made.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.corpus.jobs import extract_texts, run_verb
from tests.training.folder.small_disk import fill, small_disk
from tests.training.loop.tiny import make_store, write_spec
from tests.training.refusals import write_yaml
from training import cli
from training.errors import ExitCode
from training.folder.artifact import changed_files
from training.folder.layout import JobFolder
from training.registry import RULE_PRESETS

KEEP_ALL = RULE_PRESETS["off"].load().model_dump(mode="json")
#: From "not even the spec fits" to "the output is begun and does not fit".
ROOMS_BYTES = (0, 20_000)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inputs of every verb, on a disk with room."""
    folder = tmp_path_factory.mktemp("home")
    dice = random.Random(3)
    texts = [" ".join(f"{dice.getrandbits(60):x}" for _ in range(60)) for _ in range(1_000)]
    extract_texts(folder, texts)
    run_verb("clean", folder / "clean", documents="../extract/output", rules=KEEP_ALL)
    run_verb("tokenizer", folder / "tok", corpus="../clean/output", vocab_size=600)
    store = make_store(folder / "tokens")
    model = {"num_layers": 2, "width": 64, "num_heads": 2, "context_length": 32}
    write_spec(folder / "run.yaml", store, model=model, num_steps=6)
    assert cli.main(["train", str(folder / "run.yaml"), "--out", str(folder / "run")]) == 0
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Eight megabytes."""
    with small_disk(tmp_path / "disk", num_bytes=8 << 20) as disk:
        yield disk


SPECS = {
    "extract": {"inputs": [{"path": "texts.jsonl"}]},
    "clean": {"documents": "extract/output", "rules": KEEP_ALL},
    "tokenizer": {"corpus": "clean/output", "vocab_size": 600},
    "tokenize": {"corpus": "clean/output", "tokenizer": "tok/output"},
    "train": None,
    "report": {"run": "run"},
}


@pytest.mark.parametrize("room_bytes", ROOMS_BYTES)
@pytest.mark.parametrize("verb", SPECS)
def test_a_full_disk_is_named_and_the_job_runs_once_there_is_room(
    home: Path, disk: Path, capsys: pytest.CaptureFixture[str], verb: str, room_bytes: int
) -> None:
    spec = home / "run.yaml"
    if SPECS[verb] is not None:
        spec = write_yaml(home / f"{verb}.yaml", SPECS[verb])
    filler = fill(disk, leaving_bytes=room_bytes)
    job = disk / "job"
    assert cli.main([verb, str(spec), "--out", str(job)]) == ExitCode.DISK_FULL
    said = capsys.readouterr().err
    assert "The disk is full: " in said
    assert " could not be written (" in said
    assert "Free some space" in said
    assert "Traceback" not in said
    assert not list(job.glob("output*"))
    assert not list(job.rglob("*.tmp"))
    assert not list(JobFolder(job).checkpoints.glob("*"))
    filler.unlink()
    assert cli.main([verb, str(spec), "--out", str(job)]) == ExitCode.OK
    assert changed_files(job / "output") == []
    assert not JobFolder(job).error(0).exists()
