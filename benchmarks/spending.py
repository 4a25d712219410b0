"""Runs a verb as the command line does and writes down what it took.

Run: python -m benchmarks.spending SPENT.json VERB SPEC.yaml --out FOLDER
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from pathlib import Path

import psutil

from training.cli import main


class MemoryWatcher(threading.Thread):
    """The most private memory (bytes) that one process of this tree has had.

    Pages of mapped files are left out: the system takes them back when somebody needs room.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.is_over = threading.Event()
        self.highest = 0

    def run(self) -> None:
        """Look ten times a second."""
        this = psutil.Process()
        while not self.is_over.wait(0.1):
            for process in (this, *this.children(recursive=True)):
                self.highest = max(self.highest, private_bytes(process.pid))


def private_bytes(pid: int) -> int:
    """``RssAnon`` of /proc; 0 for a process that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("RssAnon:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def spend(file: Path, arguments: list[str]) -> int:
    """The verb's exit code; ``file`` gets seconds of processor and clock, and MB of memory."""
    began = time.perf_counter()
    watcher = MemoryWatcher()
    watcher.start()
    code = main(arguments)
    watcher.is_over.set()
    watcher.join()
    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = own.ru_utime + own.ru_stime
    spent = {
        "own": seconds,
        "cpu": seconds + workers.ru_utime + workers.ru_stime,
        "wall": time.perf_counter() - began,
        "memory": watcher.highest / 1e6,
    }
    file.write_text(json.dumps(spent))
    return code


if __name__ == "__main__":
    raise SystemExit(spend(Path(sys.argv[1]), sys.argv[2:]))
