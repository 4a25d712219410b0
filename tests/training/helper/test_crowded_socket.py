"""The helper's socket in a process that has run out of descriptors: late is not never."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from training.linesocket import LineServer


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Every number below the limit is taken."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[0]), before[1]))
    taken: list[int] = []
    try:
        with pytest.raises(OSError, match="Too many open files"):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_whoever_comes_when_no_descriptor_is_left_is_answered_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = LineServer(tmp_path / "s", lambda request: {"ok": True, "result": request["n"]})
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(20)
        with no_descriptor_left():
            client.connect(str(tmp_path / "s"))
            client.sendall(b'{"n": 7}\n')
            deadline = time.monotonic() + 10
            while "Too many open files" not in caplog.text:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert client.recv(100) == b'{"ok": true, "result": 7}\n'
    server.close()
