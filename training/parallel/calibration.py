"""How fast this machine multiplies matrices, in fp32 and bf16: the base of time estimates.

One thread of a CPU, or one GPU. The best of several runs counts: other work can only slow down.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import torch

from training.folder.atomic import write_json
from training.planning.machine import cpu_name
from training.planning.time import Calibration

#: Side of the square matrices: a CPU's take about 0.1 s, a GPU's fill it.
_SIDES = {"cpu": 1024, "cuda": 8192}
_NUM_RUNS = 5


def calibrate(path: Path, device: str = "cpu") -> Calibration:
    """Measure, write the JSON file that the planner reads, and return it (seconds)."""
    measured = Calibration(
        device=device,
        name=torch.cuda.get_device_name() if device == "cuda" else cpu_name(),
        fp32_flops=matrix_flops(torch.float32, device),
        bf16_flops=matrix_flops(torch.bfloat16, device),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, asdict(measured))
    return measured


def matrix_flops(dtype: torch.dtype, device: str = "cpu") -> float:
    """Operations per second of a large square product on one thread or one GPU."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        side = _SIDES[device]
        left = torch.ones(side, side, dtype=dtype, device=device)
        seconds = min(_seconds_of_product(left) for _ in range(_NUM_RUNS + 1))
    finally:
        torch.set_num_threads(threads)
    return 2 * side**3 / seconds


def _seconds_of_product(left: torch.Tensor) -> float:
    is_cuda = left.is_cuda
    if is_cuda:
        torch.cuda.synchronize()
    started = time.perf_counter() if is_cuda else time.thread_time()
    torch.mm(left, left)
    if is_cuda:
        torch.cuda.synchronize()
    return (time.perf_counter() if is_cuda else time.thread_time()) - started
