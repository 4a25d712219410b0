"""The helper: warm, limited in time and memory, replaced when it does not come back."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import REPOSITORY
from tests.training.loop.tiny import write_byte_tokenizer
from training.folder.artifact import write_artifact
from training.helper import table
from training.helper.table import FUNCTIONS, HelperRow
from training.helper.watched import WatchedWorker
from training.linesocket import ask

#: Seconds that each odd function may take; only those that never come back are to run into them.
ODD = {"hang": 1.0, "spin": 1.0, "swell": 10.0, "chat": 10.0}


@pytest.fixture
def worker(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[WatchedWorker]:
    """A worker whose table knows the odd functions too; its child is given the same table."""
    rows = [
        HelperRow(name, name, f"tests.training.helper.odd:{name}", seconds)
        for name, seconds in ODD.items()
    ]
    for row in rows:
        monkeypatch.setitem(FUNCTIONS, row.name, row)
    lines = ["from training.helper.table import FUNCTIONS, HelperRow"]
    lines += [f"FUNCTIONS[{row.name!r}] = {row!r}" for row in rows]
    (tmp_path / "sitecustomize.py").write_text("\n".join(lines))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{REPOSITORY}")
    made = WatchedWorker(
        max_memory_bytes=300_000_000, patience_seconds=getattr(request, "param", 60.0)
    )
    yield made
    made.close()


def test_a_call_is_answered_and_the_child_stays(worker: WatchedWorker) -> None:
    request = {"call": "ping", "arguments": {"text": "ä"}}
    assert worker.answer(request) == {"ok": True, "result": "ä"}
    assert worker.answer(request)["result"] == "ä"
    assert worker.num_replaced == 0


def test_what_is_not_in_the_table_is_refused(worker: WatchedWorker) -> None:
    answer = worker.answer({"call": "os.system", "arguments": {"command": "true"}})
    assert answer == {"ok": False, "error": "The helper has no function 'os.system'."}
    bad = worker.answer({"call": "ping", "arguments": {"nothing": 1}})
    assert "TypeError" in bad["error"]


@pytest.mark.parametrize(
    ("worker", "name", "why"),
    [
        (1.0, "hang", "does not come to an end"),
        (60.0, "spin", "longer than 1 s"),
        (60.0, "swell", "300"),
    ],
    indirect=["worker"],
)
def test_whoever_hangs_or_swells_is_ended_and_replaced(
    worker: WatchedWorker, name: str, why: str
) -> None:
    answer = worker.answer({"call": name})
    assert not answer["ok"]
    assert why in answer["error"]
    assert worker.num_replaced == 1
    assert worker.answer({"call": "ping", "arguments": {"text": "x"}})["result"] == "x"


def test_what_a_library_prints_is_no_answer(worker: WatchedWorker) -> None:
    assert worker.answer({"call": "chat"}) == {"ok": True, "result": "answer"}


def test_a_tokenizer_s_pieces_are_shown(tmp_path: Path, worker: WatchedWorker) -> None:
    with write_artifact(tmp_path / "output", "tokenizer") as draft:
        write_byte_tokenizer(draft.path / "inner")
        (draft.path / "inner" / "tokenizer.json").rename(draft.path / "tokenizer.json")
    request = {"call": "preview_tokens", "arguments": {"folder": str(tmp_path / "output")}}
    request["arguments"]["text"] = "A"  # type: ignore[index]
    result = worker.answer(request)["result"]
    assert result["num_tokens"] == 1
    assert result["tokens"] == [[ord("A") - 48 + 1, 0, 1]]
    bad = {"call": "preview_tokens", "arguments": {"folder": str(tmp_path), "text": "A"}}
    assert "not a finished artifact" in worker.answer(bad)["error"]


def test_the_process_answers_on_its_socket_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "helper.sock"
    argv = [sys.executable, "-m", "training.helper", str(path)]
    helper = subprocess.Popen(argv, cwd=REPOSITORY)
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    request = {"call": "ping", "arguments": {"text": "x"}}
    assert ask(path, request, timeout_seconds=20)["result"] == "x"
    (child,) = psutil.Process(helper.pid).children()
    helper.send_signal(signal.SIGKILL)
    helper.wait()
    child.wait(timeout=5)


def test_the_child_with_everything_loaded_has_imported_nothing_heavy() -> None:
    script = (
        "import sys, training.helper.worker as worker\n"
        "for row in worker.FUNCTIONS.values(): row.load()\n"
        "heavy = {'torch', 'transformers', 'django', 'pyarrow.dataset', 'numba'}\n"
        "assert 'tokenizers' in sys.modules\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=True)


def test_every_row_of_the_table_can_be_loaded() -> None:
    for row in table.FUNCTIONS.values():
        assert callable(row.load()), row.name
        assert row.title
