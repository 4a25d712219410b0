"""What a machine has, as far as it can be told without torch; torch is asked whether it is true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from training.planning.machine import (
    Gpu,
    bf16_pays,
    cpu_has_bf16,
    is_cuda_build,
    limit_bytes,
    num_gpus,
    quota_cores,
    torch_has_cuda,
    visible_gpus,
)

OLD, NEW = Gpu("GPU-aaaa-1", (7, 5)), Gpu("GPU-bbbb-2", (9, 0))
CPU_BUILD = "__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n"
CUDA_BUILD = "__version__ = '2.13.0'\ncuda: Optional[str] = '12.8'\nhip: Optional[str] = None\n"
ROCM_BUILD = "__version__ = '2.13.0'\ncuda: Optional[str] = None\nhip: Optional[str] = '6.4'\n"


def test_gpus_are_counted_as_torch_counts_them() -> None:
    assert torch_has_cuda() == (torch.version.cuda is not None)
    assert num_gpus() == torch.cuda.device_count()


@pytest.mark.parametrize(
    ("text", "is_cuda"),
    [(CPU_BUILD, False), (CUDA_BUILD, True), (ROCM_BUILD, False), ("cuda = '11.8'\n", True)],
)
def test_a_build_of_torch_is_told_by_its_version_file(text: str, is_cuda: bool) -> None:
    assert is_cuda_build(text) == is_cuda


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        (None, [OLD, NEW]),
        ("", []),
        ("-1", []),
        ("0", [OLD]),
        ("1,0", [NEW, OLD]),
        (" 1", [NEW]),
        ("1,7,0", [NEW]),
        ("0,0", []),
        ("GPU-bbbb", [NEW]),
        ("GPU-cccc", []),
        ("nonsense", []),
        ("MIG-1,MIG-2", [Gpu("MIG-1", (7, 5)), Gpu("MIG-2", (7, 5))]),
    ],
)
def test_cuda_visible_devices_is_honoured(visible: str | None, found: list[Gpu]) -> None:
    assert visible_gpus([OLD, NEW], visible) == found


def test_a_machine_without_gpus_has_none_to_see() -> None:
    assert visible_gpus([], None) == visible_gpus([], "0") == visible_gpus([], "MIG-1") == []


def test_bf16_is_for_processors_that_have_it() -> None:
    assert bf16_pays("cpu") == cpu_has_bf16()
    if torch.cuda.is_available():
        assert bf16_pays("cuda") == torch.cuda.is_bf16_supported(including_emulation=False)


def test_looking_at_the_machine_imports_no_torch() -> None:
    check = (
        "import sys; from training.planning.machine import bf16_pays, num_gpus; "
        "num_gpus(); bf16_pays('cuda'); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("files", "cores", "memory"),
    [
        ({}, None, None),
        ({"cpu.max": "max 100000", "memory.max": "max"}, None, None),
        ({"cpu.max": "250000 100000\n", "memory.max": "1073741824\n"}, 2.5, 1 << 30),
        ({"cpu.max": "x", "memory.max": "-1"}, None, None),
        (
            {"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000",
             "memory/memory.limit_in_bytes": "4096"}, 0.5, 4096,
        ),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None, None),
    ],
)  # fmt: skip
def test_the_limits_of_a_container_are_read(
    files: dict[str, str], cores: float | None, memory: int | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert quota_cores(tmp_path) == cores
    assert limit_bytes(tmp_path) == memory
