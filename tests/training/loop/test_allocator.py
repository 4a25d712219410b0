"""Blocks that were freed are used again without asking the kernel, counted in page faults."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: A step's worth of blocks, taken and freed in no special order, ten times over.
STEPS = """
import resource, torch
from training.loop.allocator import keep_freed_memory
if {keeps}:
    keep_freed_memory()
def step():
    blocks = [torch.ones(size << 18) for size in (8, 16, 4, 24, 12) * 3]
    del blocks[1], blocks[2]
    return blocks
step(), step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def num_faults(*, keeps: bool) -> int:
    code = STEPS.format(keeps=keeps)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_a_step_takes_its_memory_from_the_one_before() -> None:
    with_it, without = num_faults(keeps=True), num_faults(keeps=False)
    assert without > 500  # transparent huge pages take few but large ones
    assert with_it < without / 20
