"""What this machine has: cores, memory, CPU features, GPUs. Read without torch."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import psutil


@functools.cache
def num_cores() -> int:
    """Cores this process may run on (cgroup quotas are not counted)."""
    return len(os.sched_getaffinity(0))


@functools.cache
def memory_bytes() -> int:
    """Physical memory."""
    return int(psutil.virtual_memory().total)


@functools.cache
def cpu_flags() -> frozenset[str]:
    """Feature flags of the first CPU, as the kernel names them; empty where not told."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        if line.startswith(("flags", "Features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def cpu_has_bf16() -> bool:
    """Whether matrix products in bf16 have instructions of their own; elsewhere they are slower."""
    return bool(cpu_flags() & {"avx512_bf16", "amx_bf16"})


@functools.cache
def cpu_name() -> str:
    """Model name of the first CPU; empty where the kernel does not tell."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""
    names = (line.partition(":")[2] for line in text.splitlines() if line.startswith("model name"))
    return next(names, "").strip()


@functools.cache
def gpu_names() -> tuple[str, ...]:
    """NVIDIA devices by the driver's library; empty without a driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return tuple(str(pynvml.nvmlDeviceGetName(handle)) for handle in handles)
    finally:
        pynvml.nvmlShutdown()


def num_gpus() -> int:
    """NVIDIA devices that can be used; 0 without a driver."""
    return len(gpu_names())
