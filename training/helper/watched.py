"""One child at a time, watched while it works: time, CPU time and memory; ended and replaced.

A function's limit is of CPU time. By the clock it has at least ``PATIENCE_SECONDS``: where
trainings take the cores, an answer that is soon there is not refused for what others do.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil

from training.helper.table import FUNCTIONS
from training.linesocket import Answer, refusal
from training.units import format_bytes

MAX_MEMORY_BYTES = 1_500_000_000
MAX_WAITING = 32
#: As long as a page waits.
PATIENCE_SECONDS = 15.0
_LOOK_SECONDS = 0.05
_START_SECONDS = 60.0


class WatchedWorker:
    """Answers one request after the other; callers on other threads wait in line."""

    def __init__(
        self,
        *,
        max_memory_bytes: int = MAX_MEMORY_BYTES,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.num_replaced = 0
        self._patience_seconds = patience_seconds
        self._max_memory_bytes = max_memory_bytes
        self._line = threading.BoundedSemaphore(MAX_WAITING)
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        # The child dies with the thread that started it, so one thread that stays starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1)

    def answer(self, request: dict[str, Any]) -> Answer:
        """The child's answer, or the sentence that says why there is none."""
        row = FUNCTIONS.get(str(request.get("call")))
        if row is None:
            return refusal(f"The helper has no function {request.get('call')!r}.")
        if not self._line.acquire(blocking=False):
            return refusal("The helper is busy. Try again in a moment.")
        try:
            with self._turn:
                return self._ask(request, row.timeout_seconds)
        finally:
            self._line.release()

    def warm_up(self) -> None:
        """Start the child before anybody asks."""
        with self._turn:
            self._living()

    def close(self) -> None:
        """End the child."""
        with self._turn:
            self._end()
        self._starter.shutdown()

    def _ask(self, request: dict[str, Any], timeout_seconds: float) -> Answer:
        child = self._living()
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
            return self._read(child, timeout_seconds)
        except (BrokenPipeError, ValueError):
            self._replace()
            return refusal("The helper's process ended in the middle of the request.")

    def _read(self, child: subprocess.Popen[bytes], timeout_seconds: float) -> Answer:
        assert child.stdout is not None
        process = psutil.Process(child.pid)
        cpu_before = _cpu_seconds(process)
        patience = max(timeout_seconds, self._patience_seconds)
        deadline = time.monotonic() + patience
        pieces: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while True:
                if selector.select(_LOOK_SECONDS):
                    piece = os.read(child.stdout.fileno(), 1 << 20)
                    if not piece:
                        raise BrokenPipeError
                    pieces.append(piece)
                    if piece.endswith(b"\n"):
                        answer: Answer = json.loads(b"".join(pieces))
                        return answer
                why = self._excess(process, cpu_before, deadline, timeout_seconds)
                if why:
                    self._replace()
                    return refusal(why)

    def _excess(
        self, process: psutil.Process, cpu_before: float, deadline: float, timeout_seconds: float
    ) -> str:
        """The sentence for the limit that was passed, if any."""
        try:
            if process.memory_info().rss > self._max_memory_bytes:
                limit = format_bytes(self._max_memory_bytes)
                return f"It needs more than {limit} of memory and was ended."
            used = _cpu_seconds(process) - cpu_before
        except psutil.NoSuchProcess:
            return ""
        if used > timeout_seconds:
            return f"It takes longer than {timeout_seconds:g} s and was ended."
        if time.monotonic() > deadline:
            return "It does not come to an end and was ended."
        return ""

    def _living(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._child = self._starter.submit(_start).result()
        return self._child

    def _replace(self) -> None:
        self._end()
        self.num_replaced += 1
        self._living()

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._child = None


def _start() -> subprocess.Popen[bytes]:
    """A child that has loaded all it may be asked for."""
    argv = [sys.executable, "-m", "training.helper.worker"]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        if not selector.select(_START_SECONDS) or child.stdout.readline() != b"ready\n":
            child.kill()
            child.wait()
    return child


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
