"""The memory of a plan beside the highest that a process of that run had, whole processes alone.

A plan is rough where the C library leaves gaps: the band is what such a plan is good for.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.training.loop.tiny import make_store, write_spec
from training.folder.artifact import load_manifest
from training.folder.atomic import read_json
from training.planning.comparison import PLAN

MODEL = {"num_layers": 6, "width": 144, "num_heads": 4, "context_length": 256}
BAND = (0.8, 1.25)


def planned_and_measured(folder: Path, store: Path, **changes: Any) -> tuple[int, int]:
    """Bytes, of a run in a process of its own."""
    steps = {"num_steps": 3, "schedule": {"warmup_steps": 1}, "validation": {}}
    spec = write_spec(folder.with_suffix(".yaml"), store, **{**steps, **changes})
    command = [sys.executable, "-m", "training", "train", str(spec), "--out", str(folder)]
    subprocess.run(command, check=True, cwd=REPOSITORY, capture_output=True)
    measured = load_manifest(folder / "output").counts["peak_memory_bytes"]
    return int(read_json(folder / PLAN)["memory"]["total"]), int(measured)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens", num_documents=1_500)


def test_the_highest_memory_is_near_the_plan(store: Path, tmp_path: Path) -> None:
    found = planned_and_measured(
        tmp_path / "run", store, model=MODEL, batch_size=16, micro_batch_size=16
    )
    assert BAND[0] < found[0] / found[1] < BAND[1], found
    lora = {
        "base": str(tmp_path / "run" / "output"),
        "tuning": {"method": "lora"},
        "packing": {"way": "best_fit"},
        "sequence_length": 256,
    }
    found = planned_and_measured(tmp_path / "lora", store, model={}, **lora)
    assert BAND[0] < found[0] / found[1] < BAND[1], found
