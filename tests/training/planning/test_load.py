"""What a tree of processes does is told in cores and bytes, and stays cheap to ask."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil

from training.planning.load import Load, folder_bytes

BUSY = "import time\nend = time.time() + 20\nwhile time.time() < end: pass"


def test_a_busy_child_is_seen_in_cores_and_memory(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        time.sleep(0.3)
        (tmp_path / "file").write_bytes(b"x" * 12_345)
        load = Load(psutil.Process(), tmp_path)
        load.sample()
        before = psutil.Process(child.pid).cpu_times().user
        time.sleep(1.0)
        spent = psutil.Process(child.pid).cpu_times().user - before
        found = load.sample()
    finally:
        child.kill()
        child.wait()
    assert found["cpu_cores"] > 0.5 * spent
    assert 0 < found["machine_cpu_cores"] <= psutil.cpu_count() + 1
    assert found["tree_memory_bytes"] > 5e6
    assert found["folder_bytes"] == 12_345
    assert found["disk_free_bytes"] > 0
    load.sample()


def test_a_folder_that_is_gone_has_no_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("/")
    assert folder_bytes(tmp_path) < 100
    assert folder_bytes(tmp_path / "none") == 0


def test_a_sample_costs_less_than_half_a_per_cent_of_a_core(tmp_path: Path) -> None:
    load = Load(psutil.Process(), tmp_path)
    before = time.process_time()
    for _ in range(30):
        load.sample()
    assert (time.process_time() - before) / 30 < 0.005 * 5
