"""A benchmark scored while a run trains: series by set, and refused when the texts hold items."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.benchmarks.made import make_benchmark
from tests.training.evaluation.chain import MODEL, Chain
from tests.training.evaluation.test_verb import CLEAN, READ, chain
from tests.training.loop.tiny import series
from tests.training.refusals import write_yaml
from training import cli

__all__ = ["chain"]


def trained(folder: Path, chain: Chain, rows: list, **changes) -> tuple[int, Path]:
    benchmark = make_benchmark(folder / "made", rows)
    spec = {
        "tokens": str(chain.tokens), "benchmark": str(benchmark), "num_steps": 4, "batch_size": 2,
        "model": MODEL, "device": "cpu", "num_threads": 1, "schedule": {"warmup_steps": 1},
        "validation": {"every_steps": 0}, "precision": "fp32", **changes,
    }  # fmt: skip
    file = write_yaml(folder / "train.yaml", spec)
    return cli.run_verb("train", file, folder / "run"), folder / "run"


def test_each_set_has_a_series_and_the_run_is_the_same(tmp_path: Path, chain: Chain) -> None:
    rows = [{**CLEAN, "id": str(n), "answer": n % 3} for n in range(3)]
    code, run = trained(tmp_path / "a", chain, rows, benchmarks={"every_steps": 2})
    assert code == 0
    found = series(run, "benchmark/items")
    assert [step for step, _ in found] == [2, 4]
    # The choices are the same and each is right once, so exactly one of three is.
    assert [float.fromhex(value) for _, value in found] == pytest.approx([1 / 3, 1 / 3])
    _, other = trained(tmp_path / "b", chain, rows, benchmarks={"every_steps": 4})
    assert series(run, "train/loss") == series(other, "train/loss")


def test_items_in_the_training_texts_refuse_the_run(
    tmp_path: Path, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = trained(tmp_path / "a", chain, [CLEAN, READ])
    assert code == 3
    assert "1 of 2 items (50.0%) stand in texts" in capsys.readouterr().err
    drop = {"contamination": {"items": "drop"}}
    code, run = trained(tmp_path / "b", chain, [CLEAN, READ], benchmarks=drop)
    assert code == 0
    assert [step for step, _ in series(run, "benchmark/items")] == [4]


def test_a_model_that_reads_both_ways_is_refused(tmp_path: Path, chain: Chain, capsys) -> None:
    code, _ = trained(tmp_path, chain, [CLEAN], objective="masked")
    assert code == 2
    assert "needs a model that continues text" in capsys.readouterr().err
