"""A benchmark scored while a run trains: series by set, and refused when the texts hold items."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.benchmarks.made import make_benchmark
from tests.training.corpus.jobs import events_of, run_verb
from tests.training.evaluation.chain import MODEL, Chain
from tests.training.evaluation.test_verb import CLEAN, READ, chain
from tests.training.loop.tiny import series
from tests.training.refusals import write_yaml
from training import cli
from training.benchmarks.answers import Answers
from training.folder.artifact import load_manifest
from training.helper.asking import preview_items

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


def test_answers_are_those_of_an_evaluation(tmp_path: Path, chain: Chain) -> None:
    asked = CLEAN["question"]
    rows = [
        {**CLEAN, "id": str(n), "answer": n % 3, "question": f"{asked} Say {n}."} for n in range(9)
    ]
    code, run = trained(tmp_path, chain, rows)
    assert code == 0
    evaluation = run_verb(
        "evaluate", tmp_path / "evaluate", model=str(run / "output"), num_threads=1, device="cpu",
        benchmark=str(tmp_path / "made/benchmark/output"),
    )  # fmt: skip
    (measured,) = json.loads((evaluation / "evaluation.json").read_text())["sets"]
    (told,) = events_of(run, "benchmark")[-1]["sets"]
    assert told["answers"] == measured["answers"]
    table = pq.read_table(evaluation / "items.parquet")
    found = Answers.read(measured)
    assert found is not None
    assert sum(found.right) == sum(table["is_right"].to_pylist()) == measured["right"]


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
    mark = {"contamination": {"items": "mark"}}
    code, run = trained(tmp_path / "c", chain, [CLEAN, READ], benchmarks=mark)
    assert code == 0
    (told,) = events_of(run, "benchmark")[-1]["sets"]
    assert (told["items"], told["contaminated"]) == (2, 1)


def test_a_model_that_reads_both_ways_is_refused(tmp_path: Path, chain: Chain, capsys) -> None:
    code, _ = trained(tmp_path, chain, [CLEAN], objective="masked")
    assert code == 2
    assert "needs a model that continues text" in capsys.readouterr().err


def test_the_report_and_the_card_have_what_was_measured(tmp_path: Path, chain: Chain) -> None:
    asked = CLEAN["question"]
    rows = [{**CLEAN, "id": str(n), "question": f"{asked} Say {n}."} for n in range(3)]
    code, run = trained(tmp_path / "a", chain, rows, benchmarks={"every_steps": 2})
    assert code == 0
    earlier, told = events_of(run, "benchmark")
    (one,) = told["sets"]
    assert (told["step"], one["items"], one["accuracy"]) == (4, 3, one["right"] / 3)
    assert (told["is_known"], told["contaminated"], told["policy"]) == (True, 0, "refuse")
    passkey = {"is_on": True, "lengths": [160, 192], "num_depths": 2, "num_keys": 2}
    evaluation = run_verb(
        "evaluate", tmp_path / "evaluate", model=str(run / "checkpoints" / "step-00000004"),
        benchmark=str(tmp_path / "a/made/benchmark/output"), num_threads=1, device="cpu",
        prompt={"num_examples": 1}, passkey=passkey,
    )  # fmt: skip
    shown = preview_items(
        str(tmp_path / "a/made/benchmark/output"), str(run / "checkpoints" / "step-00000004"),
        {"prompt": {"num_examples": 1}},
    )  # fmt: skip
    scored = pq.read_table(evaluation / "items.parquet")["prompt"].to_pylist()
    assert [item["prompt"] for item in shown["items"]] == scored
    counts = load_manifest(evaluation).counts
    assert counts["prompt"] == {"num_examples": 1}
    assert [one["items"] for one in counts["passkeys"]] == [4, 4]
    report = run_verb("report", tmp_path / "r", run=str(run), evaluations=[str(evaluation)])
    text = (report / "report.md").read_text()
    table = [line for line in text.splitlines() if line.startswith("| items |")]
    cells = [[cell.strip() for cell in line.split("|")[2:4]] for line in table]
    assert cells == [["1-shot", "4"], ["0-shot", "2"], ["0-shot", "4"], ["0-shot", "4 against 2"]]
    assert f"{100 * one['accuracy']:.1f}" in table[2]
    assert "while it trained" in table[2]
    data = json.loads((report / "report.json").read_text())
    (pair,) = data["benchmarks_paired"]
    before = earlier["sets"][0]
    assert pair["difference"] == pytest.approx((one["right"] - before["right"]) / 3)
    assert "no difference can be told" in table[3]
    assert "answers" not in json.dumps(data["benchmarks"])
    assert "none of its 3 items was found in the texts" in text
    assert "Passkeys found, in percent of 2 a cell, by length and depth, step 4" in text
    assert "name: items" in (report / "README.md").read_text()


def test_an_evaluation_of_another_run_is_refused(tmp_path: Path, chain: Chain, capsys) -> None:
    code, run = trained(tmp_path / "a", chain, [CLEAN])
    assert code == 0
    evaluation = run_verb(
        "evaluate", tmp_path / "evaluate", model=str(run / "output"), num_threads=1, device="cpu",
        passkey={"is_on": True, "lengths": [160], "num_depths": 1, "num_keys": 1},
    )  # fmt: skip
    spec = {"run": str(chain.run), "evaluations": [str(evaluation)]}
    assert cli.run_verb("report", write_yaml(tmp_path / "r.yaml", spec), tmp_path / "r") == 3
    assert "which is no model of the run run" in capsys.readouterr().err
