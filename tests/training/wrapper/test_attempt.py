"""One attempt as a real process: locks, records, stop, grace, and nothing left when it says so."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import REPOSITORY
from tests.training.folder.small_disk import fill, small_disk
from tests.training.wrapper.folders import (
    deaf_to_sigterm,
    exit_record,
    has_begun,
    has_opened,
    run_wrapper,
    sleeping_folder,
    start_wrapper,
    wait_until,
)
from training.events import all_events
from training.folder.atomic import read_json, write_json
from training.folder.locks import FolderLock, hold_tree_lock, is_tree_alive
from training.wrapper import reserve
from training.wrapper.processes import marked


def test_a_finished_job_leaves_its_records_and_no_process(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", seconds=0.2, num_children=2)
    code, printed = run_wrapper(folder)
    assert code == 0
    assert "finished" in printed
    record = exit_record(folder)
    assert (record["kind"], record["code"], record["attempt"]) == ("finished", 0, 1)
    assert record["ended"] >= record["started"]
    kinds = [event["kind"] for event in all_events(folder.wrapper_events)]
    assert kinds == ["started", "ended"]
    assert read_json(folder.pid)["attempt"] == 1
    assert read_json(folder.heartbeat)["count"] >= 1
    assert list(marked("TRAINYARD_JOB", str(folder.root))) == []
    assert not is_tree_alive(folder.tree_lock)


def test_the_second_wrapper_says_so_and_exits_with_0(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job")
    first = start_wrapper(folder)
    wait_until(lambda: has_begun(folder))
    code, printed = run_wrapper(folder, "--attempt", "2")
    assert code == 0
    assert "Another wrapper runs the job" in printed
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=30)
    assert exit_record(folder)["kind"] == "stopped"


def test_somebody_who_only_asks_for_the_lock_keeps_no_wrapper_from_starting(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", seconds=0.1)
    asking = FolderLock(folder.wrapper_lock)
    assert asking.try_exclusive()
    wrapper = start_wrapper(folder)
    wait_until(lambda: has_opened(wrapper, folder.wrapper_lock))
    time.sleep(0.2)
    asking.close()
    printed, _ = wrapper.communicate(timeout=30)
    assert "finished" in printed


def test_an_attempt_is_never_started_twice(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", seconds=0.1)
    run_wrapper(folder, "--attempt", "3")
    ended = exit_record(folder)
    code, printed = run_wrapper(folder, "--attempt", "3")
    assert code == 0
    assert "was started before" in printed
    assert exit_record(folder) == ended
    started = [e for e in all_events(folder.wrapper_events) if e["kind"] == "started"]
    assert [event["attempt"] for event in started] == [3]


def test_nothing_starts_beside_a_living_tree(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", seconds=0.1)
    lock = hold_tree_lock(folder.tree_lock)
    code, printed = run_wrapper(folder)
    assert code != 0
    assert "still live" in printed
    assert not folder.pid.exists()
    lock.close()
    assert run_wrapper(folder)[0] == 0


def test_strays_of_an_earlier_attempt_are_ended_before_the_next_begins(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", num_children=2)
    first = start_wrapper(folder)
    wait_until(lambda: len(list(marked("TRAINYARD_JOB", str(folder.root)))) == 3)
    first.kill()
    first.communicate()
    wait_until(lambda: not is_tree_alive(folder.tree_lock))
    strays = [process for process, _ in marked("TRAINYARD_JOB", str(folder.root))]
    assert len(strays) == 2
    write_json(folder.spec, {"verb": "sleep", "spec": {"seconds": 0.1}})
    run_wrapper(folder)
    assert list(marked("TRAINYARD_JOB", str(folder.root))) == []
    last = [e for e in all_events(folder.wrapper_events) if e["kind"] == "started"][-1]
    assert (last["attempt"], last["num_strays_ended"]) == (2, 2)


def test_processes_of_a_folder_behind_a_link_carry_the_name_that_was_given(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "jobs").symlink_to(tmp_path / "disk")
    folder = sleeping_folder(tmp_path / "jobs" / "job")
    wrapper = start_wrapper(folder)
    wait_until(lambda: has_begun(folder))
    assert len(list(marked("TRAINYARD_JOB", str(folder.root)))) == 1
    wrapper.send_signal(signal.SIGTERM)
    wrapper.communicate(timeout=30)


def test_a_killed_wrapper_takes_its_verb_along_and_leaves_no_exit(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job")
    wrapper = start_wrapper(folder)
    wait_until(lambda: has_begun(folder))
    verb = psutil.Process(wrapper.pid).children()[0]
    wrapper.kill()
    wrapper.communicate()
    verb.wait(timeout=5)
    assert not is_tree_alive(folder.tree_lock)
    assert not folder.exit.exists()


def test_the_exit_of_an_earlier_attempt_is_kept_aside(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", seconds=0.1, ending="data")
    run_wrapper(folder)
    assert exit_record(folder)["kind"] == "data"
    write_json(folder.spec, {"verb": "sleep", "spec": {"seconds": 0.1}})
    run_wrapper(folder)
    assert exit_record(folder)["kind"] == "finished"
    assert read_json(folder.earlier_exit(1))["kind"] == "data"
    assert not list(folder.errors.glob("rank-*.json"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_wrapper_asks_the_verb_to_save(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = sleeping_folder(tmp_path / "job")
    wrapper = start_wrapper(folder)
    wait_until(lambda: has_begun(folder))
    wrapper.send_signal(number)
    wrapper.communicate(timeout=30)
    assert exit_record(folder)["kind"] == "stopped"
    assert [e["kind"] for e in all_events(folder.events)][-1] == "stopped"


def test_a_request_meant_for_an_earlier_attempt_is_forgotten(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", seconds=0.3)
    folder.stop.parent.mkdir()
    write_json(folder.stop, {"wanted": "stop", "attempt": 1})
    run_wrapper(folder, "--attempt", "2")
    assert exit_record(folder)["kind"] == "finished"
    write_json(folder.spec, {"verb": "sleep", "spec": {"seconds": 600}})
    write_json(folder.stop, {"wanted": "stop", "attempt": 3})
    run_wrapper(folder, "--attempt", "3")
    assert exit_record(folder)["kind"] == "stopped"


def test_a_verb_that_hears_nothing_is_ended_with_all_its_children(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", hears_stop=False, num_children=2)
    graces = {"TRAINYARD_STOP_GRACE_SECONDS": "0.5", "TRAINYARD_TERM_GRACE_SECONDS": "0.5"}
    wrapper = start_wrapper(folder, **graces)
    wait_until(lambda: has_begun(folder))
    wrapper.send_signal(signal.SIGTERM)
    wrapper.communicate(timeout=60)
    record = exit_record(folder)
    assert record["kind"] == "stopped_hard"
    assert "had not saved" in record["message"]
    assert list(marked("TRAINYARD_JOB", str(folder.root))) == []


@pytest.mark.parametrize(
    "is_suspended", [True, False], ids=["stopped by SIGSTOP", "deaf to SIGTERM"]
)
def test_a_verb_that_only_sigkill_ends_is_ended_and_its_end_is_written(
    tmp_path: Path, is_suspended: bool
) -> None:
    folder = sleeping_folder(tmp_path / "job", hears_stop=False, num_children=1)
    graces = {"TRAINYARD_STOP_GRACE_SECONDS": "0.3", "TRAINYARD_TERM_GRACE_SECONDS": "0.3"}
    wrapper = start_wrapper(folder, **graces, **deaf_to_sigterm(tmp_path))
    wait_until(lambda: has_begun(folder))
    verb = psutil.Process(wrapper.pid).children()[0]
    if is_suspended:
        verb.suspend()
    wrapper.send_signal(signal.SIGTERM)
    wrapper.communicate(timeout=30)
    record = exit_record(folder)
    assert (record["kind"], record["signal"]) == ("stopped_hard", "SIGKILL")
    assert list(marked("TRAINYARD_JOB", str(folder.root))) == []
    assert not is_tree_alive(folder.tree_lock)


def test_a_suspended_verb_shows_in_the_heartbeat(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job")
    wrapper = start_wrapper(folder)
    wait_until(lambda: has_begun(folder))
    verb = psutil.Process(wrapper.pid).children()[0]
    verb.suspend()
    wait_until(lambda: (read_json(folder.heartbeat) or {}).get("suspended") is True)
    verb.resume()
    wrapper.send_signal(signal.SIGTERM)
    wrapper.communicate(timeout=30)
    assert exit_record(folder)["kind"] == "stopped"


def test_a_folder_without_a_spec_is_refused_with_a_sentence(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job")
    folder.spec.write_text("{")
    code, printed = run_wrapper(folder)
    assert code == 2
    assert "holds no whole spec.json" in printed
    assert not folder.pid.exists()


def test_a_pid_file_that_was_damaged_by_hand_keeps_nobody_from_starting(tmp_path: Path) -> None:
    folder = sleeping_folder(tmp_path / "job", seconds=0.1)
    for damaged in ({"attempt": None}, ["attempt"]):
        write_json(folder.pid, damaged)
        assert run_wrapper(folder, "--attempt", "2")[0] == 0
        assert read_json(folder.pid)["attempt"] == 2


def test_a_full_disk_is_said_in_a_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", num_bytes=1 << 20) as disk:
        folder = sleeping_folder(disk / "job", seconds=0.1)
        folder.log.touch()
        fill(disk, leaving_bytes=8192)
        code, printed = run_wrapper(folder)
        assert not folder.pid.exists()
    assert code == 4
    assert printed.startswith("The disk is full: .reserve could not be written")
    assert "Traceback" not in printed


def test_what_was_laid_by_holds_the_records_of_a_job_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", num_bytes=1 << 20) as disk:
        folder = sleeping_folder(disk / "job", seconds=0.1, ending="disk_full")
        folder.log.touch()
        reserve.lay_by(folder)
        fill(disk)
        assert run_wrapper(folder)[0] == 0
        assert exit_record(folder)["kind"] == "disk_full"
        assert read_json(folder.pid)["attempt"] == 1


def test_the_wrapper_imports_nothing_heavy() -> None:
    script = (
        "import sys, training.wrapper.attempt\n"
        "heavy = {'numpy', 'pydantic', 'torch', 'yaml', 'django', 'pyarrow'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=True)
