"""The command line as a user meets it: exit codes, sentences, folders that can be moved."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.training.loop.tiny import make_store, write_spec
from training import cli
from training.folder.layout import JobFolder


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


def test_help_and_lists_name_every_verb() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "training", "--help"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for verb in ("extract", "clean", "tokenizer", "tokenize", "train", "report", "plan", "demo"):
        assert verb in done.stdout


def test_list_and_schema_print_what_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "positions") == 0
    assert "rope" in capsys.readouterr().out
    assert run("schema", "train") == 0
    assert "learning_rate" in capsys.readouterr().out


def test_an_unknown_key_exits_2_says_so_and_writes_the_error_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.yaml").write_text("secconds: 1\n")
    assert run("sleep", tmp_path / "s.yaml", "--out", tmp_path / "job") == 2
    assert "Did you mean 'seconds'?" in capsys.readouterr().err
    report = json.loads(JobFolder(tmp_path / "job").error(0).read_text())
    assert report["kind"] == "spec"
    assert report["problems"][0]["field"] == "secconds"


def test_another_spec_in_the_same_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("seconds: 0.01\n")
    (tmp_path / "b.yaml").write_text("seconds: 0.02\n")
    assert run("sleep", tmp_path / "a.yaml", "--out", tmp_path / "job") == 0
    assert run("sleep", tmp_path / "b.yaml", "--out", tmp_path / "job") == 2
    assert "holds a job with another spec" in capsys.readouterr().err


def test_a_missing_input_names_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spec(tmp_path / "s.yaml", Path("nowhere"))
    assert run("train", tmp_path / "s.yaml", "--out", tmp_path / "job") == 3
    assert "does not exist" in capsys.readouterr().err


def test_rows_longer_than_the_text_are_refused_with_the_length_that_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make_store(tmp_path / "tokens", num_documents=10)
    model = {"num_layers": 1, "width": 16, "num_heads": 2, "context_length": 4096}
    write_spec(tmp_path / "s.yaml", store, model=model)
    assert run("train", tmp_path / "s.yaml", "--out", tmp_path / "job") == 3
    said = capsys.readouterr().err
    assert "fewer than one row" in said
    assert "Choose a sequence length of at most" in said
    assert not (tmp_path / "job" / "output").exists()


def test_input_paths_are_stored_relative_so_that_everything_can_be_moved(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = make_store(home / "tokens")
    write_spec(home / "s.yaml", store, num_steps=5)
    assert run("train", home / "s.yaml", "--out", home / "job") == 0
    stored = json.loads((home / "job" / "spec.json").read_text())
    assert stored["spec"]["tokens"] == "../tokens"
    shutil.rmtree(home / "job" / "output")
    home.rename(tmp_path / "moved")
    moved = tmp_path / "moved" / "job"
    assert run("train", moved / "spec.json", "--out", moved) == 0
    assert (moved / "output" / "manifest.json").exists()


def test_a_flood_of_processes_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make_store(tmp_path / "tokens")
    write_spec(tmp_path / "s.yaml", store, num_processes=1024, batch_size=1024, micro_batch_size=1)
    assert run("train", tmp_path / "s.yaml", "--out", tmp_path / "job") == 2
    assert "num_processes: this machine has" in capsys.readouterr().err


def test_several_ranks_are_started_by_the_command_line_itself(tmp_path: Path) -> None:
    store = make_store(tmp_path / "tokens")
    write_spec(tmp_path / "s.yaml", store, num_steps=6, num_processes=2)
    done = subprocess.run(
        [sys.executable, "-m", "training", "train", str(tmp_path / "s.yaml"),
         "--out", str(tmp_path / "job")],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = (tmp_path / "job" / "events.jsonl").read_text()
    assert '"num_processes":2' in events
    assert '"kind":"finished"' in events
