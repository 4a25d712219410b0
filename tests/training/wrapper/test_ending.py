"""Why it ended: each witness, and which of two is believed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from training.events import EventKind, EventWriter
from training.folder.atomic import write_json
from training.folder.layout import JobFolder
from training.wrapper.ending import Ending, Witnesses, classify

SUMMARY = """
Root Cause (first observed failure):
[0]:
  rank      : 1 (local_rank: 1)
  exitcode  : {code} (pid: 4711)
  error_file: <N/A>
"""


def ending(
    root: Path, code: int, *, log: str = "", reports: dict[int, dict[str, Any]] | None = None,
    **seen: Any,
) -> Ending:  # fmt: skip
    folder = JobFolder(root)
    folder.log.write_text(log)
    folder.errors.mkdir(exist_ok=True)
    for number, (rank, report) in enumerate((reports or {}).items()):
        write_json(folder.error(rank), report)
        os.utime(folder.error(rank), ns=(number, number))
    return classify(code, Witnesses(folder, 0, 0, **seen))


def test_the_first_rank_to_fail_is_believed(tmp_path: Path) -> None:
    reports = {
        1: {"kind": "data", "message": "Row 7 is torn.", "advice": "Mend row 7."},
        0: {"kind": "bug", "message": "KeyError"},
    }
    found = ending(tmp_path, 1, reports=reports)
    assert (found.kind, found.message, found.advice) == ("data", "Row 7 is torn.", "Mend row 7.")


def test_a_rank_that_only_lost_its_peer_is_no_witness(tmp_path: Path) -> None:
    lost = {"kind": "bug", "message": "RuntimeError: Read error: Connection reset by peer."}
    killed = ending(tmp_path, 1, reports={0: lost}, log=SUMMARY.format(code=-9))
    assert killed.kind == "killed"
    assert "SIGKILL" in killed.message
    vanished = ending(tmp_path, 1, reports={0: lost}, log=SUMMARY.format(code=1))
    assert vanished.kind == "killed"
    told = ending(tmp_path, 1, reports={0: lost, 1: {"kind": "not_finite", "message": "NaN."}})
    assert told.kind == "not_finite"


@pytest.mark.parametrize(
    ("code", "kind"),
    [(2, "spec"), (3, "data"), (4, "disk_full"), (5, "out_of_memory"), (6, "not_finite"),
     (7, "checkpoint"), (1, "bug"), (99, "bug"), (-9, "killed"), (-15, "killed"), (-11, "bug")],
)  # fmt: skip
def test_without_reports_the_exit_code_decides(tmp_path: Path, code: int, kind: str) -> None:
    alone = ending(tmp_path, code)
    assert alone.kind == kind
    assert alone.message
    assert alone.advice
    launched = ending(tmp_path, 1, log=SUMMARY.format(code=code))
    assert launched.kind == kind


def test_the_kernel_s_count_tells_memory_from_a_kill(tmp_path: Path) -> None:
    found = ending(tmp_path, -9, num_oom_kills=1)
    assert found.kind == "out_of_memory"
    assert found.signal_name == "SIGKILL"


def test_what_the_wrapper_did_itself_is_no_crash(tmp_path: Path) -> None:
    found = ending(tmp_path, -9, forced="it had not saved within 2 min and was ended.")
    assert found.kind == "stopped_hard"


def test_a_traceback_gives_the_message(tmp_path: Path) -> None:
    log = "Traceback (most recent call last):\n  File x\nValueError: three is not two\n"
    assert ending(tmp_path, 1, log=log).message == "ValueError: three is not two"
    found = ending(tmp_path, 1, log="Traceback\ntorch.OutOfMemoryError: CUDA out of memory\n")
    assert found.kind == "out_of_memory"


def test_what_an_earlier_attempt_logged_is_not_looked_at(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.log.write_text(SUMMARY.format(code=-9))
    size = folder.log.stat().st_size
    assert classify(1, Witnesses(folder, size, 0)).kind == "bug"


def test_the_verb_s_last_word_tells_stopped_from_finished(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.log.touch()
    events = EventWriter(folder.events)
    events.write(EventKind.STOPPED, wanted="stop")
    assert classify(0, Witnesses(folder, 0, 0)).kind == "stopped"
    size = folder.events.stat().st_size
    assert classify(0, Witnesses(folder, 0, size)).kind == "finished"
    events.write(EventKind.FINISHED)
    assert classify(0, Witnesses(folder, 0, 0)).kind == "finished"
    events.close()
