"""How a run computes its steps changes what it costs and not what it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.loop.test_resume_objectives import CASES
from tests.training.loop.tiny import prepared, spec_data
from tests.training.objectives.setting import special_store
from training.loop.run import Run, StepResult
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return special_store(tmp_path_factory.mktemp("store") / "tokens")


class Losses:
    """A callback that remembers them."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def start(self, run: Run) -> None:
        """Nothing."""

    def after_step(self, run: Run, result: StepResult) -> None:
        self.seen.append(result.loss.item())

    def end(self, run: Run) -> None:
        """Nothing."""


def losses(out: Path, store: Path, **changes: Any) -> list[float]:
    """Of the first steps of a run in this process, with dropout."""
    asked = {"num_steps": 4, "schedule": {"warmup_steps": 0}, "precision": "fp32", **changes}
    asked["model"] = spec_data(store)["model"] | asked.get("model", {})
    run, found = prepared(out, store, **asked), Losses()
    Trainer(run, [found], StopWatch(run.job)).train()
    return found.seen


@pytest.mark.parametrize("how", ["selective", "full"])
@pytest.mark.parametrize("case", ["causal", "replaced"])
def test_what_is_computed_again_changes_no_bit(
    tmp_path: Path, store: Path, case: str, how: str
) -> None:
    changes = CASES.get(case, {})
    kept = losses(tmp_path / "none", store, **changes)
    assert losses(tmp_path / how, store, recomputation=how, **changes) == kept
    assert len(set(kept)) == 4
