"""The README's two commands, literally, in a clean clone: no virtual environment, an empty home.

Slow (it installs everything): run by ``make test-slow``. The second start is what people meet every
day, and has a deadline here; `benchmarks.second_start` measures it. ``make test`` runs a small part
of the tests there, of which pytest is told by its own variable; TRAINYARD_CLONE_TESTS names another
part, or all of them when it is empty.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

INSTALL_SECONDS = 1_800
#: The limit is 5 s; a deadline in a test has threefold slack.
SECOND_START_SECONDS = 15
#: A library room, pages against a database, and a real server.
SOME_TESTS = "tests/training/folder tests/webapp/core tests/webapp/runs/test_sockets.py"
_LINK = re.compile(r"Trainyard is ready: (http://\S+)")
#: Of the pytest and the make around this one, and of the person who runs them.
_NOT_HANDED_ON = ("DJANGO_", "TRAINYARD_", "PYTEST_", "PYTHON", "VIRTUAL_ENV", "MAKE", "MFLAGS")


def clean_environment(home: Path) -> dict[str, str]:
    """As of somebody who has just logged in on a new machine."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(_NOT_HANDED_ON)}
    return {**kept, "HOME": str(home)}


@contextmanager
def make_run(folder: Path, log: Path, *variables: str, home: Path, seconds: float) -> Iterator[str]:
    """``make run`` on a free port until its link appears; Ctrl-C must end it cleanly."""
    with log.open("w") as output:
        process = subprocess.Popen(
            ["make", "run", "PORT=0", *variables],
            cwd=folder, env=clean_environment(home), stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield _wait_for_link(log, process, seconds)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)
    assert "nothing is left running" in log.read_text()


def page(link: str) -> str:
    """What a browser gets for the printed link."""
    with urllib.request.urlopen(link, timeout=10) as answer:
        return str(answer.read().decode())


def _wait_for_link(log: Path, process: subprocess.Popen[bytes], seconds: float) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = _LINK.search(log.read_text())
        if found:
            return found.group(1)
        assert process.poll() is None, log.read_text()
        time.sleep(0.02)
    raise AssertionError(f"not ready within {seconds} s:\n{log.read_text()}")


@pytest.mark.slow
def test_make_run_and_make_test_work_in_a_clean_clone_and_the_second_start_is_quick(
    tmp_path: Path,
) -> None:
    clone, home, log = tmp_path / "clone", tmp_path / "home", tmp_path / "make-run.log"
    home.mkdir()
    subprocess.run(["git", "clone", "-q", str(REPOSITORY), str(clone)], check=True)
    assert not (clone / ".venv").exists()
    with make_run(clone, log, home=home, seconds=INSTALL_SECONDS) as link:
        assert "/setup/?token=" in link
        assert "Make the first account" in page(link)
    started = time.monotonic()
    with make_run(clone, log, home=home, seconds=SECOND_START_SECONDS) as link:
        assert "Make the first account" in page(link)
        assert time.monotonic() - started < SECOND_START_SECONDS
    tests = os.environ.get("TRAINYARD_CLONE_TESTS", SOME_TESTS)
    done = subprocess.run(
        ["make", "test"],
        cwd=clone, env={**clean_environment(home), "PYTEST_ADDOPTS": tests},
        capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-8_000:]}{done.stderr[-4_000:]}"
    assert re.search(r"\b\d+ passed\b", done.stdout)
