"""What this machine has: cores, memory, CPU features, GPUs. Read without torch."""

from __future__ import annotations

import functools
import importlib.util
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_CGROUP = Path("/sys/fs/cgroup")
_OLD_LIMIT = "memory.limit_in_bytes"
#: Ampere, the first NVIDIA generation with bf16 tensor cores.
_FIRST_WITH_BF16 = (8, 0)


@functools.cache
def num_cores() -> int:
    """Cores this process may run on at once: more threads than that wait for each other.

    A container's quota counts in whole cores, and one at least.
    """
    cores = len(os.sched_getaffinity(0))
    quota = quota_cores(_CGROUP)
    return cores if quota is None else max(1, min(cores, int(quota)))


@functools.cache
def memory_bytes() -> int:
    """Physical memory, or what a container's limit leaves of it."""
    total = int(psutil.virtual_memory().total)
    return min(total, limit_bytes(_CGROUP) or total)


def quota_cores(cgroup: Path) -> float | None:
    """Processor time per time that the group may use, in cores; None without a quota.

    Read at the root of a container's own tree, of either version of control groups.
    """
    text = _text_of(cgroup / "cpu.max")
    if text is None:
        used = (_text_of(cgroup / "cpu" / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
        text = " ".join(one or "" for one in used)
    found = re.fullmatch(r"(\d+) (\d+)", text)
    return int(found[1]) / int(found[2]) if found and int(found[2]) else None


def limit_bytes(cgroup: Path) -> int | None:
    """Memory that the group may use; None without a limit."""
    texts = (_text_of(cgroup / "memory.max"), _text_of(cgroup / "memory" / _OLD_LIMIT))
    return next((int(text) for text in texts if text and text.isdecimal()), None)


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def machine_facts() -> dict[str, str | int]:
    """What a report says of the machine that a run began on."""
    return {
        "system": platform.platform(),
        "num_cores": num_cores(),
        "memory_bytes": memory_bytes(),
    }


def peak_memory_bytes() -> int | None:
    """The most that was resident of this process so far; None where the kernel does not tell."""
    try:
        text = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


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


def cpu_has_fp16() -> bool:
    """Whether matrix products in fp16 have instructions; torch is dozens of times slower without.

    Measured on a CPU without them: 36 times as slow as fp32 (torch 2.13, 512 x 512).
    """
    return bool(cpu_flags() & {"avx512_fp16", "amx_fp16"})


@functools.cache
def cpu_name() -> str:
    """Model name of the first CPU; empty where the kernel does not tell."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""
    names = (line.partition(":")[2] for line in text.splitlines() if line.startswith("model name"))
    return next(names, "").strip()


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA device as the driver describes it. ``capability`` is CUDA's (major, minor)."""

    uuid: str
    capability: tuple[int, int]


@functools.cache
def installed_gpus() -> tuple[Gpu, ...]:
    """NVIDIA devices by the driver's library, in its order; empty without a driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return tuple(
            Gpu(
                str(pynvml.nvmlDeviceGetUUID(handle)),
                tuple(pynvml.nvmlDeviceGetCudaComputeCapability(handle)),
            )
            for handle in handles
        )
    except pynvml.NVMLError:
        return ()
    finally:
        pynvml.nvmlShutdown()


def visible_gpus(installed: Sequence[Gpu], visible: str | None) -> list[Gpu]:
    """The devices that ``CUDA_VISIBLE_DEVICES`` leaves over (None: it is not set).

    Numbers or beginnings of UUIDs; as in CUDA the list ends at the first entry that names no
    device, and one that is named twice leaves none.
    """
    if visible is None:
        return list(installed)
    found: list[Gpu] = []
    for entry in visible.split(","):
        gpu = _gpu_named(entry.strip(), installed)
        if gpu is None:
            break
        found.append(gpu)
    return found if len(set(found)) == len(found) else []


@functools.cache
def torch_has_cuda() -> bool:
    """Whether the installed PyTorch is a build for NVIDIA devices, told without importing it."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return False
    return is_cuda_build(Path(found.origin).with_name("version.py").read_text(encoding="utf-8"))


def is_cuda_build(version_file: str) -> bool:
    """Whether this ``torch/version.py`` names a CUDA version; every other build has None."""
    return re.search(r"^cuda\b[^=\n]*= *['\"]", version_file, re.MULTILINE) is not None


def usable_gpus() -> list[Gpu]:
    """NVIDIA devices that PyTorch can use here: it is built for them, and they are visible."""
    return visible_gpus(installed_gpus(), os.environ.get(_VISIBLE)) if torch_has_cuda() else []


def num_gpus() -> int:
    """How many ``usable_gpus`` there are."""
    return len(usable_gpus())


def bf16_pays(device: str) -> bool:
    """Whether products in bf16 are faster than in fp32 on ``device`` ("cpu" or "cuda").

    Where they have instructions of their own; elsewhere torch converts, several times slower. Of
    GPUs that are not in this machine the best is assumed.
    """
    if device == "cuda":
        return all(gpu.capability >= _FIRST_WITH_BF16 for gpu in usable_gpus())
    return cpu_has_bf16()


def _gpu_named(entry: str, installed: Sequence[Gpu]) -> Gpu | None:
    if entry.isdecimal():
        return installed[int(entry)] if int(entry) < len(installed) else None
    if entry.startswith("MIG-") and installed:
        # A slice of one of them; which one only the driver knows.
        return Gpu(entry, min(gpu.capability for gpu in installed))
    if not entry.startswith("GPU-"):
        return None
    return next((gpu for gpu in installed if gpu.uuid.startswith(entry)), None)
