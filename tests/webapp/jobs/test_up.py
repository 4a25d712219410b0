"""Starting everything: what stands against it is one sentence, and nothing is left behind."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Callable

import pytest

from tests.webapp.jobs.installation import Installation


def test_a_busy_port_is_said_and_nothing_is_started(install: Callable[..., Installation]) -> None:
    yard = install()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        parent = yard.spawn("up", "--port", str(port))
        printed, _ = parent.communicate(timeout=60)
    assert parent.returncode != 0
    assert f"Port {port} on 127.0.0.1 is used by another program." in printed
    assert "--port" in printed
    assert yard.processes() == []


def test_the_first_start_prints_one_link_with_a_token_and_later_ones_without(
    install: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("fresh") / "home"
    fresh = Installation(home, {"token": "", "project": ""})
    try:
        fresh.start()
        assert "/setup/?token=" in fresh.url
        with urllib.request.urlopen(fresh.url) as page:
            assert page.status == 200
        printed = fresh.end()
        assert "http" not in printed
        assert "nothing is left running" in printed
        assert fresh.processes() == []
    finally:
        fresh.remove()
    yard = install()
    yard.start()
    assert "token" not in yard.url
    yard.end()
    assert yard.processes() == []
