"""How soon a child of ``up`` is started again."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.webapp.jobs.installation import DEADLINE_SECONDS
from webapp.jobs.embedded.children import Child, restart_delay_seconds

#: What is left of the deadline for the start itself and a look of the supervisor.
_START_AND_LOOK_SECONDS = 10.0


def test_however_often_it_has_died_the_state_can_be_right_in_time() -> None:
    delays = [restart_delay_seconds(number) for number in range(100)]
    assert delays == sorted(delays)
    assert delays[0] == delays[1] == 0.2
    assert delays[-1] <= DEADLINE_SECONDS - _START_AND_LOOK_SECONDS


def test_a_child_that_dies_at_once_is_started_again_after_a_growing_pause(tmp_path: Path) -> None:
    child = Child("child", [sys.executable, "-c", ""], tmp_path / "child.log")
    child.start()
    begun = time.monotonic()
    while child.num_restarts < 3:
        child.keep_alive()
        time.sleep(0.01)
        assert time.monotonic() - begun < 30
    assert time.monotonic() - begun >= 0.2 + 0.4 + 0.8 - 0.01
    child.wait_or_kill(10)
