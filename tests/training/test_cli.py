"""The command line as a user meets it: exit codes, sentences, folders that can be moved."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.conftest import REPOSITORY
from tests.training.loop.tiny import make_store, spec_data, write_spec
from tests.training.refusals import write_yaml
from training import cli
from training.errors import ExitCode
from training.events import all_events
from training.folder.atomic import read_json, write_json
from training.folder.layout import JobFolder
from training.folder.locks import hold_tree_lock
from training.folder.naming import called
from training.planning.machine import num_cores


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


def kinds(folder: Path) -> list[str]:
    return [event["kind"] for event in all_events(folder / "events.jsonl")]


def write_sleep(path: Path, seconds: float) -> Path:
    path.write_text(f"seconds: {seconds}\n")
    return path


def test_two_runs_in_one_folder_are_refused_until_the_first_has_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, job = write_sleep(tmp_path / "s.yaml", 30), tmp_path / "job"
    argv = [sys.executable, "-m", "training", "sleep", str(spec), "--out", str(job)]
    first = subprocess.Popen(argv, cwd=REPOSITORY)
    deadline = time.monotonic() + 60
    while not (job / "events.jsonl").exists() or "started" not in kinds(job):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert run("sleep", spec, "--out", job) == 2
    assert "--out: another run is at work in this folder" in capsys.readouterr().err
    assert kinds(job).count("started") == 1
    assert not JobFolder(job).error(0).exists()
    first.kill()
    first.wait()
    (tmp_path / "job" / "spec.json").unlink()
    assert run("sleep", write_sleep(tmp_path / "s.yaml", 0.01), "--out", job) == 0


def test_a_rank_that_outlived_its_launcher_keeps_others_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = hold_tree_lock(tmp_path / "job" / "tree.lock")
    spec = write_sleep(tmp_path / "s.yaml", 0.01)
    assert run("sleep", spec, "--out", tmp_path / "job") == 2
    assert "Wait until it has ended" in capsys.readouterr().err
    left.close()
    assert run("sleep", spec, "--out", tmp_path / "job") == 0


@pytest.mark.parametrize("verb", ["sleep", "train"])
def test_an_old_stop_request_does_not_stop_the_next_run(tmp_path: Path, verb: str) -> None:
    job = tmp_path / "job"
    if verb == "sleep":
        spec = write_sleep(tmp_path / "s.yaml", 0.3)
    else:
        store = make_store(tmp_path / "tokens")
        spec = write_spec(tmp_path / "s.yaml", store, num_steps=5)
    JobFolder(job).stop.parent.mkdir(parents=True)
    JobFolder(job).stop.write_text('{"wanted": "stop"}')
    assert run(verb, spec, "--out", job) == 0
    assert kinds(job)[-1] == "finished"
    assert "stopped" not in kinds(job)


def test_a_run_goes_on_with_what_it_began_with_where_auto_would_now_be_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, job = make_store(tmp_path / "tokens"), tmp_path / "job"
    asked = {key: value for key, value in spec_data(store).items() if key != "num_threads"}
    spec = write_yaml(tmp_path / "s.yaml", {**asked, "num_steps": 5})
    assert run("train", spec, "--out", job) == 0
    stored = json.loads((job / "spec.json").read_text())
    # As a machine with another number of cores would have resolved it.
    stored["spec"]["num_threads"] = num_cores() + 1
    write_json(job / "spec.json", stored)
    shutil.rmtree(job / "output")
    assert run("train", spec, "--out", job) == 0
    assert json.loads((job / "spec.json").read_text()) == stored
    manifest = json.loads((job / "output" / "manifest.json").read_text())
    assert manifest["spec"] == stored
    write_yaml(tmp_path / "s.yaml", {**asked, "num_steps": 5, "num_threads": num_cores() + 2})
    assert run("train", spec, "--out", job) == 2
    assert "holds a job with another spec" in capsys.readouterr().err


def test_the_spec_of_another_verb_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sleep", write_sleep(tmp_path / "s.yaml", 0.01), "--out", tmp_path / "job") == 0
    stored = tmp_path / "job" / "spec.json"
    assert run("plan", stored, "--out", tmp_path / "other") == 2
    assert "does not hold a spec of the verb plan; got sleep" in capsys.readouterr().err
    assert run("sleep", stored, "--out", tmp_path / "again") == 0
    assert json.loads((tmp_path / "again" / "spec.json").read_text()) == read_json(stored)


def test_a_result_has_the_title_that_its_job_was_given(tmp_path: Path) -> None:
    job = tmp_path / "5de37839-7587-441d-8d24-77b91d8cce87"
    job.mkdir()
    spec = {"seconds": 0.01, "leaves_report": True}
    write_json(job / "spec.json", {"verb": "sleep", "title": "A nap", "spec": spec})
    assert run("sleep", job / "spec.json", "--out", job) == 0
    assert called(job / "output") == "A nap"
    assert run("sleep", job / "spec.json", "--out", tmp_path / "again") == 0
    assert called(tmp_path / "again" / "output") == "again"


@pytest.mark.parametrize("name", ["", " "])
def test_no_name_for_the_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    spec = write_sleep(tmp_path / "s.yaml", 0.01)
    monkeypatch.chdir(tmp_path)
    assert run("sleep", spec, "--out", name) == 2
    assert "--out: no folder is named" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [spec]


def test_a_number_outside_its_recommended_range_is_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spec, job = write_yaml(tmp_path / "s.yaml", {"batch_size": 8}), tmp_path / "job"
    for _ in range(2):
        assert run("plan", spec, "--out", job) == 0
    warned = [e for e in all_events(job / "events.jsonl") if e["kind"] == "warning"]
    assert [event["field"] for event in warned] == ["batch_size"]
    sentence = "batch_size: 8 rows is outside the recommended range of 16 to 512 rows"
    assert warned[0]["message"].startswith(sentence)
    assert caplog.text.count(sentence) == 1


def test_memory_that_torch_cannot_have_is_no_bug_of_ours(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as torch_says:
        torch.empty(2**50, dtype=torch.uint8)
    for error in (
        torch_says.value,
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        MemoryError("Unable to allocate 8.00 TiB"),
    ):
        known = cli.as_trainyard_error(error, JobFolder(tmp_path))
        assert (known.kind, known.exit_code) == ("out_of_memory", ExitCode.OUT_OF_MEMORY)
        assert "smaller micro-batch" in known.advice
    said = cli.as_trainyard_error(torch_says.value, JobFolder(tmp_path)).message
    assert said == f"Out of memory: {2**50} bytes more could not be had."


def test_an_interrupt_is_a_sentence_and_no_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = JobFolder(tmp_path)
    code = cli._report_failure(KeyboardInterrupt(), folder, 0, None)
    printed = "".join(capfd.readouterr())
    assert code == ExitCode.BUG
    assert "Interrupted from the keyboard." in printed
    assert "Traceback" not in printed
    assert read_json(folder.error(0))["kind"] == "interrupted"
