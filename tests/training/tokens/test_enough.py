"""A batch of more rows than the tokens give is refused before the first step, with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.loop.tiny import make_store, write_spec
from training.cli import run_verb
from training.specs.packing import PackingPart
from training.tokens.enough import batch_problem, most_rows
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore


def test_a_batch_that_the_text_does_not_fill_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make_store(tmp_path / "tokens")
    num_rows = len(rows_of_split(TokenStore.open(store), "train", 32))
    for more, code in ((1, 2), (0, 0)):
        changes = {
            "batch_size": num_rows + more,
            "micro_batch_size": 0,
            "num_steps": 6,
            "validation": {"every_steps": 0},
        }
        spec = write_spec(tmp_path / f"{more}.yaml", store, **changes)
        assert run_verb("train", spec, tmp_path / f"run-{more}") == code
        if more:
            told = capsys.readouterr().err
            assert f"got {num_rows + 1:,} rows; accepted: up to {num_rows:,} rows" in told
            assert "tokenize more text" in told


def test_the_remedy_splits_over_the_processes() -> None:
    problem = batch_problem(64, 37, num_processes=2)
    assert problem is not None
    assert problem.fix == (("batch_size", 36),)
    alone = batch_problem(64, 1, num_processes=2)
    assert alone is not None
    assert alone.fix == ()
    assert batch_problem(37, 37) is None


@pytest.mark.parametrize("way", ["naive", "best_fit", "greedy"])
@pytest.mark.parametrize("length", [16, 32, 200])
def test_no_packing_gives_more_rows_than_are_counted(tmp_path: Path, way: str, length: int) -> None:
    store = TokenStore.open(make_store(tmp_path / "tokens"))
    packing = PackingPart.model_validate({"way": way})
    first, last = store.documents("train")
    counted = most_rows(store.num_tokens("train"), last - first, length, packing)
    rows = len(rows_of_split(store, "train", length, packing))
    assert rows == counted if way == "naive" else rows <= counted
