"""The verb ``calibrate``: how fast this machine does the parts of a training step.

One thread of a CPU, or one GPU; about half a minute on a quiet CPU. The result is written into the
job's folder and kept for the planner in ``calibration_file()``.
"""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import torch

from training.events import EventKind
from training.folder.atomic import write_json
from training.folder.job import Job
from training.parallel.probes import ALL_SIZES, SMALL_SIZES, Bench, Sizes, measure
from training.planning.machine import bf16_pays, cpu_has_fp16, cpu_name, num_cores
from training.planning.speed import CALIBRATION, Calibration, Speed, calibration_file
from training.registry import load_dotted
from training.specs.calibrate import CalibrateSpec

#: What autocast lowers to, as a training has it.
_LOWERED = {"bf16": torch.bfloat16, "fp16": torch.float16}
#: Side of the products that several threads share, and how often they are timed.
_SHARED_SIDE, _SHARED_RUNS = 1024, 7


def run(spec: CalibrateSpec, job: Job) -> None:
    """Measure, and keep the result for the planner."""
    job.events.write(EventKind.STARTED)
    measured = calibrate(job.folder.root / CALIBRATION, str(spec.device), job)
    kept = calibration_file()
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_json(kept, measured.as_dict())
    job.events.write(
        EventKind.FINISHED,
        device=measured.device,
        name=measured.name,
        precisions=list(measured.speeds),
        seconds=time.time() - measured.measured,
    )


def calibrate(
    path: Path,
    device: str = "cpu",
    job: Job | None = None,
    sizes: Sizes = ALL_SIZES,
    slow_sizes: Sizes = SMALL_SIZES,
) -> Calibration:
    """Measure, write the JSON file that the planner reads, and return it.

    ``slow_sizes`` are those of a precision that the processor has no instructions for.
    """
    started, used = time.time(), process_bytes()
    speeds: dict[str, Speed] = {}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    if device == "cpu":
        load_dotted("training.loop.allocator:keep_freed_memory")()  # as a training does
    try:
        for precision in precisions_of(device):
            if job is not None:
                job.phase(f"timing {precision}")
            bench = Bench(torch.device(device), _LOWERED.get(precision))
            is_slow = precision == "fp16" and device == "cpu" and not cpu_has_fp16()
            speeds[precision] = measure(bench, slow_sizes if is_slow else sizes)
    finally:
        torch.set_num_threads(threads)
    measured = Calibration(
        device=device,
        name=torch.cuda.get_device_name() if device == "cuda" else cpu_name(),
        measured=started,
        speeds=speeds,
        process_bytes=used,
        num_threads=num_cores(),
        speedup=speedup(num_cores()) if device == "cpu" else 1.0,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, measured.as_dict())
    return measured


def precisions_of(device: str) -> list[str]:
    """Those that are timed: bf16 where a run may choose it by itself, fp16 everywhere."""
    return ["fp32", *(["bf16"] if bf16_pays(device) else []), "fp16"]


#: By name: loop and export come after this room.
_LOADED = (
    "training.loop.verb:run",
    "training.loop.finishing:finish",
    "training.model.pretrained:TrainyardConfig",
)


def process_bytes() -> int:
    """Resident memory of a process with all that a training loads to its end, and no model.

    A step of nothing is made: torch's optimizers load its compiler with their first one.
    """
    for name in _LOADED:
        load_dotted(name)
    parameter = torch.nn.Parameter(torch.ones(64, 64))
    torch.mm(parameter, parameter).sum().backward()
    torch.optim.AdamW([parameter], fused=True).step()
    return int(psutil.Process().memory_info().rss)


def speedup(num_threads: int) -> float:
    """How many times quicker large products are with that many threads, by the clock."""
    before = torch.get_num_threads()
    left = torch.ones(_SHARED_SIDE, _SHARED_SIDE)
    try:
        one, many = (_quickest(left, count) for count in (1, num_threads))
    finally:
        torch.set_num_threads(before)
    return min(float(num_threads), max(1.0, one / many))


def _quickest(left: torch.Tensor, num_threads: int) -> float:
    torch.set_num_threads(num_threads)
    seconds = []
    for _ in range(_SHARED_RUNS):
        started = time.perf_counter()
        torch.mm(left, left)
        seconds.append(time.perf_counter() - started)
    return min(seconds)
