"""Every objective goes on after a SIGKILL bit for bit, with dropout and accumulation; what is drawn
for a row does not depend on the number of processes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.loop.test_resume import kill_at_random_steps
from tests.training.loop.tiny import final_weights, series, spec_data, train, write_spec
from tests.training.objectives.setting import special_store
from training.folder.series import read_index

STEPS = 20
BOTH = {"attention": "bidirectional"}
PAIRS = {"has_sentence_head": True, "num_token_types": 2}
#: Each objective in the form that has the most to get wrong.
CASES: dict[str, dict[str, Any]] = {
    "masked": {"objective": "masked", "model": BOTH, "masked": {"unit": "span"}},
    "masked pairs": {
        "objective": "masked",
        "model": BOTH | PAIRS,
        "masked": {"has_pairs": True, "drawing": "static", "num_maskings": 3},
    },
    "replaced": {
        "objective": "replaced",
        "model": BOTH | {"head": "discriminator", "position": "learned", "embedding_width": 16},
        "replaced": {"generator_fraction": 0.5},
    },
    "prefix": {"objective": "prefix", "model": {"attention": "prefix"}},
    "blank": {
        "objective": "blank",
        "model": {"attention": "prefix", "position": "learned", "has_blank_positions": True},
        "samples": {"prompts": ["258"], "max_new_tokens": 4},
    },
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return special_store(tmp_path_factory.mktemp("store") / "tokens")


def changes_of(store: Path, case: str, **more: Any) -> dict[str, Any]:
    found = {**CASES[case], "num_steps": STEPS, **more}
    return {**found, "model": spec_data(store)["model"] | found["model"]}


@pytest.mark.parametrize(
    ("case", "num_processes"), [(case, 1) for case in CASES] + [("masked", 2), ("replaced", 2)]
)
def test_a_killed_run_ends_where_the_unbroken_one_does(
    tmp_path: Path, store: Path, case: str, num_processes: int
) -> None:
    changes = changes_of(store, case, num_processes=num_processes)
    twin = train(tmp_path, "twin", store, **changes)
    spec = write_spec(tmp_path / "killed.yaml", store, **changes)
    kill_at_random_steps(spec, tmp_path / "killed", num_processes=num_processes, num_kills=2)
    for name in read_index(twin / "metrics"):
        if name.startswith(("validation/", "train/loss", "train/gradient")):
            assert series(tmp_path / "killed", name) == series(twin, name), name
    assert final_weights(tmp_path / "killed") == final_weights(twin)
    losses = [float.fromhex(value) for _, value in series(twin, "validation/loss")]
    assert losses[-1] < losses[0]


def test_processes_share_the_same_masks(tmp_path: Path, store: Path) -> None:
    model = {"model": BOTH | {"dropout": 0.0}}
    runs = [
        train(tmp_path, f"with{n}", store, **changes_of(store, "masked", num_processes=n, **model))
        for n in (1, 2)
    ]
    for one, other in zip(*(series(run, "train/loss") for run in runs), strict=True):
        assert abs(float.fromhex(one[1]) - float.fromhex(other[1])) <= 1e-3
