"""Shards are done once each, whoever is killed; a stop ends workers soon; Dask gives the same."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.training.corpus.jobs import extract_texts, resharded, run_verb
from training.corpus import pipeline
from training.corpus.executor import DASK, CheckStop, ShardRunner, work_folder
from training.corpus.signals import verb as signals_verb
from training.corpus.stopping import StopRequestedError
from training.errors import DataError
from training.folder.artifact import changed_files
from training.folder.atomic import write_json
from training.folder.job import Job
from training.folder.layout import JobFolder

TEXT = "The {} of the house was not at home when we came to it on that day in {}, he said. "


@dataclass(frozen=True)
class Touch:
    """Appends a line to a file per shard; may kill its process, or wait for a stop."""

    folder: Path
    deadly: int = -1
    deaths: int = 0
    waits: bool = False
    seconds: float = 0.0

    def __call__(self, shard: int, check: CheckStop) -> int:
        file = self.folder / f"{shard}.txt"
        with file.open("a") as lines:
            lines.write(f"{os.getpid()}\n")
        time.sleep(self.seconds)
        if shard == self.deadly and len(file.read_text().splitlines()) <= self.deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        while self.waits:
            check()
            time.sleep(0.05)
        return 10


def runner(folder: Path, workers: int) -> ShardRunner:
    folder.mkdir(exist_ok=True)
    return ShardRunner(Job(JobFolder(folder), verb="clean", spec={}), folder, workers)


def lines(folder: Path) -> dict[int, int]:
    return {int(file.stem): len(file.read_text().splitlines()) for file in folder.glob("*.txt")}


def test_every_shard_is_done_once_and_not_again_by_the_next_attempt(tmp_path):
    for _ in range(2):
        runner(tmp_path, 1).run("stage", Touch(tmp_path), 4, 40)
    assert lines(tmp_path) == {0: 1, 1: 1, 2: 1, 3: 1}
    runner(tmp_path, 1).run("other", Touch(tmp_path), 4, 40)
    assert set(lines(tmp_path).values()) == {2}


def test_a_killed_worker_costs_its_shard_and_no_more(tmp_path):
    runner(tmp_path, 2).run("stage", Touch(tmp_path, deadly=1, deaths=1, seconds=0.4), 5, 50)
    done = lines(tmp_path)
    assert set(done) == {0, 1, 2, 3, 4}
    assert done[1] == 2
    # the shard beside it may have been under way too
    assert sum(done.values()) in (6, 7)
    pids = {pid for file in tmp_path.glob("*.txt") for pid in file.read_text().split()}
    assert str(os.getpid()) not in pids


def test_workers_that_die_again_and_again_end_in_a_sentence(tmp_path):
    one = runner(tmp_path, 2)
    died = r"again and again while they read shards 0, 1"
    with pytest.raises(DataError, match=died), work_folder(one.job, {}) as work:
        (work / "half").touch()
        one.run("stage", Touch(tmp_path, deadly=0, deaths=99, waits=True), 2, 20)
    assert (work / "half").exists()


def process_of(home: int, is_deadly: bool) -> int:
    """The process that does this; deadly for every process but ``home``."""
    if is_deadly and os.getpid() != home:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def test_an_errand_is_done_where_shards_are(tmp_path):
    ask = partial(process_of, os.getpid(), is_deadly=False)
    assert runner(tmp_path, 2).errand(ask, num_shards=2)() != os.getpid()
    assert runner(tmp_path, 2).errand(ask, num_shards=1)() == os.getpid()
    assert runner(tmp_path, 1).errand(ask, num_shards=2)() == os.getpid()


def test_an_errand_whose_worker_dies_is_done_here(tmp_path):
    two = runner(tmp_path, 2)
    ask = partial(process_of, os.getpid(), is_deadly=True)
    assert two.errand(ask, num_shards=2)() == os.getpid()
    two.run("touch", Touch(tmp_path), 2, 20)
    assert lines(tmp_path) == {0: 1, 1: 1}, "shards go on with other workers"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_ends_workers_in_the_middle_of_a_shard(tmp_path, workers):
    one = runner(tmp_path, workers)
    write_json(_control(one.job.folder), {"wanted": "pause"})
    began = time.monotonic()
    with pytest.raises(StopRequestedError, match="pause"):
        one.run("stage", Touch(tmp_path, waits=True), 2, 20)
    assert time.monotonic() - began < 20


def _control(folder: JobFolder) -> Path:
    folder.stop.parent.mkdir(parents=True, exist_ok=True)
    return folder.stop


def test_what_another_attempt_left_is_taken_over_only_when_it_is_about_the_same(tmp_path):
    job = Job(JobFolder(tmp_path), verb="clean", spec={})
    with pytest.raises(StopRequestedError), work_folder(job, {"documents": "a"}) as work:
        (work / "half").touch()
        raise StopRequestedError("stop")
    with work_folder(job, {"documents": "a"}) as work:
        assert (work / "half").exists()
    assert not work.exists()
    with pytest.raises(ZeroDivisionError), work_folder(job, {"documents": "b"}) as work:
        assert not (work / "half").exists()
        raise ZeroDivisionError
    assert not work.exists()


RULES = {
    "word_count": {"at_least": 5},
    "near_duplicates": {"is_on": True, "jaccard": 0.6},
    "repeated_5grams": {"is_on": False},
    "stop_words": {"is_on": False},
}


def many_shards(tmp_path: Path) -> Path:
    texts = [TEXT.format(f"owner{n % 70}", f"month{n}") * 3 for n in range(120)]
    return resharded(extract_texts(tmp_path, texts), tmp_path / "many", 4_000)


def kept(output: Path) -> bytes:
    assert changed_files(output) == []
    return (output / "kept.bitmap").read_bytes()


def columns(output: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((output / "signals").glob("*.npy"))}


def test_processes_write_what_one_process_writes(tmp_path):
    documents = str(many_shards(tmp_path))
    one = run_verb("clean", tmp_path / "one", documents=documents, rules=RULES, num_workers=1)
    two = run_verb("clean", tmp_path / "two", documents=documents, rules=RULES, num_workers=2)
    assert kept(one) == kept(two)
    assert columns(one) == columns(two)
    assert np.load(one / "signals" / "near-0.6-5w-22x5-v1.npy").tolist() != list(range(120))


def test_a_killed_job_goes_on_where_it_was(tmp_path):
    """The next attempt finds the marks of shards that were done, and leaves these alone."""
    documents = str(many_shards(tmp_path))
    whole = run_verb("clean", tmp_path / "whole", documents=documents, rules=RULES, num_workers=1)
    folder = tmp_path / "killed"
    folder.mkdir()
    spec = {"documents": documents, "rules": RULES, "num_workers": 1}
    (folder / "asked.json").write_text(json.dumps(spec))
    command = [sys.executable, "-m", "training", "clean", "asked.json", "--out", "."]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    marks = folder / "work" / "done" / "signals"
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as job:
        until = time.monotonic() + 120
        while not any(marks.glob("[0-9]*.json")) and time.monotonic() < until:
            time.sleep(0.002)
        job.send_signal(signal.SIGKILL)
    assert any(marks.glob("[0-9]*.json"))
    (marks / "7.json.half").write_text('{"docu')
    before = {mark.name: mark.stat().st_mtime_ns for mark in marks.glob("*.json")}
    again = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
    assert again.returncode == 0, again.stderr
    assert before
    assert kept(folder / "output") == kept(whole)
    assert columns(folder / "output") == columns(whole)
    assert not (folder / "work").exists()


def test_an_attempt_that_ended_after_the_last_shard_loses_no_signal(tmp_path, monkeypatch):
    documents = str(many_shards(tmp_path))
    whole = run_verb("clean", tmp_path / "whole", documents=documents, rules=RULES, num_workers=1)

    def ended(*_: object, **__: object) -> None:
        raise StopRequestedError("stop")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "apply_rules", ended)
        run_verb("clean", tmp_path / "again", documents=documents, rules=RULES, num_workers=1)
    assert not (tmp_path / "again" / "output").exists()
    again = run_verb("clean", tmp_path / "again", documents=documents, rules=RULES, num_workers=1)
    assert kept(again) == kept(whole)
    assert columns(again) == columns(whole)


def test_tables_of_signals_are_there_for_an_attempt_that_follows_the_last_shard(
    tmp_path, monkeypatch
):
    documents = str(many_shards(tmp_path))
    fields = {"documents": documents, "signals": ["word_count"], "num_workers": 1}

    def ended(*_: object) -> None:
        raise StopRequestedError("stop")

    with monkeypatch.context() as patch:
        patch.setattr(signals_verb, "write_json", ended)
        run_verb("signals", tmp_path / "again", **fields)
    again = run_verb("signals", tmp_path / "again", **fields)
    assert len([*again.glob("signals-*.parquet")]) == len([*Path(documents).glob("shard-*")])


def test_signals_that_were_taken_over_are_never_written_into(tmp_path, monkeypatch):
    documents = str(many_shards(tmp_path))
    other = run_verb("clean", tmp_path / "other", documents=documents, rules=RULES, num_workers=1)
    fields = {"documents": documents, "rules": RULES, "num_workers": 1}

    def ended(*_: object) -> None:
        raise StopRequestedError("stop")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "find_clusters", ended)
        run_verb("clean", tmp_path / "again", **fields, signals=str(other))
    again = run_verb("clean", tmp_path / "again", **fields)
    name = "signals/word_count.npy"
    assert columns(again) == columns(other)
    assert not (again / name).samefile(other / name)


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask is not installed here"
)
def test_a_dask_cluster_of_two_processes_writes_the_same(tmp_path, monkeypatch):
    from distributed import LocalCluster

    documents = str(many_shards(tmp_path))
    one = run_verb("clean", tmp_path / "one", documents=documents, rules=RULES, num_workers=1)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        monkeypatch.setenv(DASK, cluster.scheduler_address)
        two = run_verb("clean", tmp_path / "dask", documents=documents, rules=RULES)
    assert kept(one) == kept(two)
    assert columns(one) == columns(two)


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask is not installed here"
)
def test_a_stop_on_a_dask_cluster_keeps_what_is_done(tmp_path, monkeypatch):
    from distributed import LocalCluster

    stage = runner(tmp_path / "job", 2)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        monkeypatch.setenv(DASK, cluster.scheduler_address)
        with pytest.raises(StopRequestedError), work_folder(stage.job, {}) as work:
            stage.folder = work
            stage.run("first", Touch(work), 2, 20)
            stop = stage.job.folder.stop
            stop.parent.mkdir(parents=True, exist_ok=True)
            write_json(stop, {"wanted": "stop"})
            stage.run("second", Touch(work, waits=True), 4, 40)
    assert len(list((stage.job.folder.root / "work" / "done" / "first").glob("*.json"))) == 2


def test_an_address_without_a_cluster_is_a_sentence(tmp_path, monkeypatch):
    if importlib.util.find_spec("distributed") is None:
        expected = "Dask is not installed"
    else:
        expected = "no Dask cluster at"
    monkeypatch.setenv(DASK, "tcp://127.0.0.1:9")
    with pytest.raises(DataError, match=expected):
        runner(tmp_path, 2).run("stage", Touch(tmp_path), 2, 20)
