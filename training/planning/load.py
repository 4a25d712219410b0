"""What a machine is doing now: cores, memory, disk and GPUs in use by a process tree and by all.

One `sample` costs a millisecond or two; the tree is listed anew, and its folder measured, only
every so many samples. GPUs are read by the driver's library (NVML) where there is one.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

#: Samples between two listings of the tree and two measurements of the folder.
_LIST_EVERY = 6


class Load:
    """Samples of one process tree, of the folder it writes to, and of the machine."""

    def __init__(self, root: psutil.Process, folder: Path) -> None:
        self._root = root
        self._folder = folder
        self._tree: dict[int, psutil.Process] = {}
        self._num_samples = 0
        self._folder_bytes = 0
        self._cpu_seconds: dict[int, float] = {}
        self._machine_seconds = _busy_seconds()
        self._time = time.monotonic()
        self._gpus = _gpu_handles()
        self._tree = _tree_of(root, {})
        self._own()

    def sample(self) -> dict[str, float]:
        """{name: value} since the sample before: cores in use, bytes, per cent, watts."""
        if self._num_samples % _LIST_EVERY == 0:
            self._tree = _tree_of(self._root, self._tree)
            self._folder_bytes = folder_bytes(self._folder)
        self._num_samples += 1
        now, machine = time.monotonic(), _busy_seconds()
        seconds = max(1e-3, now - self._time)
        own_seconds, own_bytes = self._own()
        memory = psutil.virtual_memory()
        found = {
            "cpu_cores": own_seconds / seconds,
            "machine_cpu_cores": (machine - self._machine_seconds) / seconds,
            "tree_memory_bytes": own_bytes,
            "machine_memory_bytes": float(memory.total - memory.available),
            "disk_free_bytes": float(shutil.disk_usage(self._folder).free),
            "folder_bytes": float(self._folder_bytes),
            **dict(_gpu_values(self._gpus)),
        }
        self._time, self._machine_seconds = now, machine
        return found

    def _own(self) -> tuple[float, float]:
        """CPU seconds used since the last time, and resident bytes, over the tree."""
        spent, resident = 0.0, 0.0
        for pid, process in list(self._tree.items()):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    resident += process.memory_info().rss
            except psutil.Error:
                self._tree.pop(pid)
                continue
            seconds = times.user + times.system
            # What a process used before it was first seen is no load of now.
            spent += seconds - self._cpu_seconds.get(pid, seconds)
            self._cpu_seconds[pid] = seconds
        return max(0.0, spent), resident


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder; what vanishes meanwhile is left out."""
    total, waiting = 0, [str(folder)]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
            except OSError:
                continue
    return total


def _tree_of(root: psutil.Process, known: dict[int, psutil.Process]) -> dict[int, psutil.Process]:
    try:
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return known
    return {one.pid: known.get(one.pid, one) for one in processes}


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - _guest(times))


def _guest(times: Any) -> float:
    """Linux counts guests within user and nice already."""
    return float(getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0))


def _gpu_handles() -> list[Any]:
    import pynvml

    try:
        pynvml.nvmlInit()
        return [
            pynvml.nvmlDeviceGetHandleByIndex(n) for n in range(min(8, pynvml.nvmlDeviceGetCount()))
        ]
    except pynvml.NVMLError:
        return []


def _gpu_values(handles: list[Any]) -> Iterator[tuple[str, float]]:
    """Each value where the device tells it; one that does not is left out, not the others."""
    import pynvml

    readers: dict[str, Callable[[Any], float]] = {
        "percent": lambda handle: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu,
        "memory_bytes": lambda handle: pynvml.nvmlDeviceGetMemoryInfo(handle).used,
        "watts": lambda handle: pynvml.nvmlDeviceGetPowerUsage(handle) / 1000,
    }
    for number, handle in enumerate(handles):
        for name, read in readers.items():
            try:
                yield f"gpu{number}_{name}", float(read(handle))
            except pynvml.NVMLError:
                continue
