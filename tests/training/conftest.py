"""Tests of the library: one torch thread, wherever torch is imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.training.refusals import Attempt, refused, write_yaml


@pytest.fixture(autouse=True)
def _one_torch_thread() -> None:
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture
def attempt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Attempt:
    """Runs a verb that must be refused with an exit code; the sentences that were printed."""

    def run(verb: str, spec: object, code: int, *, file: Path | None = None) -> str:
        return refused(
            capsys, tmp_path, verb, file or write_yaml(tmp_path / "spec.yaml", spec), code
        )

    return run
