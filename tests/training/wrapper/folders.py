"""Job folders for the wrapper's tests, and wrappers as real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY
from training.events import all_events
from training.folder.atomic import read_json, write_json
from training.folder.layout import JobFolder


def sleeping_folder(root: Path, **spec: Any) -> JobFolder:
    """A folder whose spec.json asks for a sleep."""
    folder = JobFolder(root)
    root.mkdir(parents=True)
    write_json(folder.spec, {"verb": "sleep", "spec": {"seconds": 600, **spec}})
    return folder


def start_wrapper(folder: JobFolder, *options: str, **environment: str) -> subprocess.Popen[str]:
    """A wrapper of that folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "training.wrapper", str(folder.root), *options],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def deaf_to_sigterm(root: Path) -> dict[str, str]:
    """Environment of a wrapper whose verb ignores SIGTERM, as a library may have arranged."""
    is_verb = 'sys.orig_argv[1:3] == ["-m", "training"]'
    lines = f"import signal, sys\nif {is_verb}: signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    (root / "sitecustomize.py").write_text(lines)
    return {"PYTHONPATH": str(root)}


def run_wrapper(folder: JobFolder, *options: str, **environment: str) -> tuple[int, str]:
    """Run it to its end; exit code and what it printed."""
    wrapper = start_wrapper(folder, *options, **environment)
    printed, _ = wrapper.communicate(timeout=120)
    return wrapper.returncode, printed


def wait_until(look: Callable[[], object], *, seconds: float = 30.0) -> None:
    """Until ``look()`` is true."""
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def has_begun(folder: JobFolder) -> bool:
    """Whether the verb has written its first event."""
    return bool(all_events(folder.events))


def has_opened(wrapper: subprocess.Popen[str], path: Path) -> bool:
    """Whether the process holds the file open, locked or not."""
    names = Path(f"/proc/{wrapper.pid}/fd").iterdir()
    return any(os.path.realpath(name) == str(path) for name in names)


def exit_record(folder: JobFolder) -> dict[str, Any]:
    """exit.json."""
    record: dict[str, Any] = read_json(folder.exit)
    return record
