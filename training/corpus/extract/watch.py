"""Runs the parsers' child and ends it when a file takes too much memory, processor or wall time.

Limits are enforced by looking (ten times a second), not by RLIMIT_AS: Arrow reserves gigabytes of
address space that it never uses. A child that was ended is replaced for the next file; the child
also dies with the thread that started it.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

import training
from training.corpus.extract.records import FileResult
from training.units import format_bytes, format_seconds

_LOOK_SECONDS = 0.1
_ROOT = Path(training.__file__).parents[1]
#: Nothing else of the environment (tokens, keys) is shown to a parser.
_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR")
_END_SECONDS = 5.0
#: An archive is begun anew without the member in which its reader was ended, so often at most.
_MAX_DEADLY = 8


@dataclass(frozen=True)
class Limits:
    """What one file may use before its parser is ended."""

    memory_bytes: int
    cpu_seconds: float
    wall_seconds: float


def limits_for(num_bytes: int, memory_bytes: int, cpu_seconds: float) -> Limits:
    """The limits of a file; 0 processor seconds mean 60 and 2 more per megabyte."""
    cpu = cpu_seconds or 60 + 2 * num_bytes / 1e6
    return Limits(memory_bytes, cpu, 4 * cpu)


class WatchedChild:
    """One child process, started when first needed; ``close`` ends it.

    ``module`` is what the child runs, ``result`` the class of what one file gave.
    """

    def __init__(
        self,
        module: str = "training.corpus.extract.child",
        result: type[FileResult] = FileResult,
    ) -> None:
        self._module, self._result = module, result
        self._process: subprocess.Popen[bytes] | None = None
        self._answers = bytearray()

    def read(
        self, task: dict[str, Any], limits: Limits, watch: Callable[[int], None]
    ) -> FileResult:
        """Parse one file. ``watch`` is called with the bytes read so far and may raise to stop."""
        process = self._started()
        usage = _Usage(process.pid, limits)
        self._answers.clear()
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(task).encode() + b"\n")
            process.stdin.flush()
            return self._wait(process, task["name"], usage, watch)
        except BaseException:
            self._kill()
            raise

    def read_past_deadly(
        self,
        task_without: Callable[[dict[str, str]], dict[str, Any]],
        limits: Limits,
        watch: Callable[[int], None],
    ) -> FileResult:
        """``read`` an archive, anew without each member in which its reader was ended.

        ``task_without`` makes the task that passes over these members, each with the reason.
        """
        deadly: dict[str, str] = {}
        while True:
            result = self.read(task_without(dict(deadly)), limits, watch)
            if not result.died_in or len(deadly) == _MAX_DEADLY or result.died_in in deadly:
                return result
            deadly[result.died_in] = result.refused

    def close(self) -> None:
        """Let the child end by itself, then make it."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        self._kill()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._kill()
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=_ROOT,
                env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            )
        return self._process

    def _wait(
        self,
        process: subprocess.Popen[bytes],
        name: str,
        usage: _Usage,
        watch: Callable[[int], None],
    ) -> FileResult:
        assert process.stdout is not None
        position, member = 0, ""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                watch(position)
                is_ended = False
                if selector.select(_LOOK_SECONDS):
                    piece = os.read(process.stdout.fileno(), 1 << 16)
                    self._answers += piece
                    is_ended = not piece
                for answer in self._whole_answers():
                    if "result" in answer:
                        return self._result(**answer["result"])
                    position = int(answer.get("at", position))
                    member = str(answer.get("member", member))
                if is_ended:
                    code = process.wait()
                    reason = f"broke its parser (it ended with status {code})"
                    return self._refused(name, reason, member)
                if reason := usage.exceeded():
                    return self._refused(name, reason, member)

    def _whole_answers(self) -> list[dict[str, Any]]:
        whole = self._answers.rfind(b"\n") + 1
        lines = bytes(self._answers[:whole]).splitlines()
        del self._answers[:whole]
        return [json.loads(line) for line in lines]

    def _refused(self, name: str, reason: str, member: str) -> FileResult:
        self._kill()
        return self._result(name, refused=reason, died_in=member)

    def _kill(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    # A task that the dead child never read is still in the buffer.
                    continue
        self._process = None


class _Usage:
    """What a process has used since this object was made, against its limits."""

    def __init__(self, pid: int, limits: Limits) -> None:
        self._limits = limits
        self._process = psutil.Process(pid)
        self._cpu_at_start = self._cpu_seconds()
        self._wall_at_start = time.monotonic()

    def exceeded(self) -> str:
        """A sentence when a limit is passed, else empty."""
        limits = self._limits
        try:
            memory_bytes = self._process.memory_info().rss
            cpu = self._cpu_seconds() - self._cpu_at_start
        except psutil.NoSuchProcess:
            return ""
        wall = time.monotonic() - self._wall_at_start
        if memory_bytes > limits.memory_bytes:
            return f"needs more than {format_bytes(limits.memory_bytes)} of memory to be read"
        if cpu > limits.cpu_seconds:
            return f"takes more than {format_seconds(limits.cpu_seconds)} of processor time to read"
        if wall > limits.wall_seconds:
            return f"takes longer than {format_seconds(limits.wall_seconds)} to read"
        return ""

    def _cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)
