"""One line asked, one answered: deep folders, big lines, nonsense, and nobody there."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from training.linesocket import LineServer, ask


def echo(request: dict[str, Any]) -> dict[str, Any]:
    return {"ok": True, "result": request}


def test_a_question_is_answered_in_a_folder_far_deeper_than_a_socket_s_name(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 40)
    folder.mkdir()
    server = LineServer(folder / "sock", echo)
    request = {"text": "ä" * 300_000}
    assert ask(folder / "sock", request, timeout_seconds=10)["result"] == request
    assert (folder / "sock").stat().st_mode & 0o777 == 0o600
    server.close()
    assert not (folder / "sock").exists()


def test_many_ask_at_once(tmp_path: Path) -> None:
    server = LineServer(tmp_path / "sock", echo)
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(
            lambda n: ask(tmp_path / "sock", {"n": n}, timeout_seconds=10)["result"]["n"],
            range(100),
        )
        assert list(answers) == list(range(100))
    server.close()


@pytest.mark.parametrize("line", [b"{\n", b"[1]\n", b"[" * 100_000 + b"\n", b"\xff\n", b"\n"])
def test_nonsense_is_refused_and_the_server_goes_on(tmp_path: Path, line: bytes) -> None:
    server = LineServer(tmp_path / "sock", echo)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(tmp_path / "sock"))
        client.sendall(line)
        assert b"The request is not" in client.recv(1000)
    assert ask(tmp_path / "sock", {}, timeout_seconds=10)["ok"]
    server.close()


def test_nobody_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        ask(tmp_path / "sock", {}, timeout_seconds=1)
