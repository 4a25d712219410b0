"""A run that meets bad rows or broken weights: it skips, goes back, gives up, and says so."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.training.loop.tiny import final_weights, make_store, series, train, write_spec
from tests.training.processes import Attempt
from training.events import all_events
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.loop.checkpoint import (
    checkpoint_paths,
    newest_whole,
    read_checkpoint,
    retire,
    step_of,
    write_checkpoint,
)
from training.specs.model import ModelSpec

#: Learns its pattern in 50 steps; the one document of noise then stands out.
POISONED: dict[str, Any] = {
    "num_steps": 80,
    "micro_batch_size": 8,
    "optimizer": {"learning_rate": 2e-2},
    "spikes": {"window_steps": 16, "sigma": 8, "repeats": 1, "max_rollbacks": 40},
    "validation": {"every_steps": 0},
    "checkpoints": {"every_steps": 7},
}


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens", num_noisy=1)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, poisoned: Path) -> Path:
    return train(tmp_path_factory.mktemp("runs"), "unbroken", poisoned, **POISONED)


def events(out: Path, kind: str) -> list[dict[str, Any]]:
    return [event for event in all_events(out / "events.jsonl") if event["kind"] == kind]


def test_noise_is_skipped_and_named(tmp_path: Path, poisoned: Path) -> None:
    """Without going back: the run is not lengthened, and the noise is found among the rows."""
    part = {**POISONED["spikes"], "repeats": 0}
    out = train(tmp_path, "run", poisoned, **{**POISONED, "spikes": part})
    skipped = events(out, "step_skipped")
    assert skipped
    sources = [one["rows"][0]["documents"][0]["source"] for one in skipped]
    assert "noise" in sources
    first = skipped[sources.index("noise")]
    assert (
        f"document {first['rows'][0]['documents'][0]['doc_id'][:12]} of noise" in first["message"]
    )
    assert first["loss"] > first["loss_limit"] or (
        first["gradient_norm"] > first["gradient_norm_limit"]
    )
    assert len(series(out, "train/loss")) == 80
    assert not events(out, "rolled_back")


def test_a_run_goes_back_and_on_past_what_it_had_read(unbroken: Path) -> None:
    back = events(unbroken, "rolled_back")
    assert back
    for one in back:
        assert one["to_step"] < one["skipped"][0] <= one["step"]
        assert one["to_step"] % 7 == 0
        assert "goes back to the checkpoint of step" in one["message"]
    resumed = [one["step"] for one in events(unbroken, "resumed")]
    assert resumed == [one["to_step"] for one in back]
    left_out = read_json(unbroken / "order.json")["left_out"]
    assert left_out
    assert [step for step, _ in series(unbroken, "train/loss")] == list(range(1, 81))


def test_a_run_killed_anywhere_skips_and_goes_back_as_the_unbroken_one(
    tmp_path: Path, poisoned: Path, unbroken: Path
) -> None:
    spec, out, dice = (
        write_spec(tmp_path / "run.yaml", poisoned, **POISONED),
        tmp_path / "run",
        random.Random(5),
    )
    for number_of_events in sorted(
        dice.sample(range(8, 8 + len(all_events(unbroken / "events.jsonl"))), 3)
    ):
        attempt = Attempt("train", spec, out)
        attempt.kill_when(
            lambda most=number_of_events: len(all_events(out / "events.jsonl")) >= most
        )
    attempt = Attempt("train", spec, out)
    assert attempt.wait() == [0], attempt.log()
    assert final_weights(out) == final_weights(unbroken)
    assert series(out, "train/loss") == series(unbroken, "train/loss")
    assert (out / "order.json").read_text().split('"left_out"')[1] == (
        (unbroken / "order.json").read_text().split('"left_out"')[1]
    )


def test_a_stopped_run_goes_back_as_the_unbroken_one(
    tmp_path: Path, poisoned: Path, unbroken: Path
) -> None:
    """The checkpoints of stops are none to go back to."""
    spec, out = write_spec(tmp_path / "run.yaml", poisoned, **POISONED), tmp_path / "run"
    codes = []
    for _ in range(3):
        attempt = Attempt("train", spec, out)
        before = len(all_events(out / "events.jsonl"))
        attempt.wait_until(
            lambda before=before: len(all_events(out / "events.jsonl")) >= before + 9
        )
        attempt.ranks[0].terminate()
        codes += attempt.wait()
    attempt = Attempt("train", spec, out)
    assert attempt.wait() == [0], attempt.log()
    assert codes == [0, 0, 0]
    assert events(out, "stopped")
    assert final_weights(out) == final_weights(unbroken)


def broken_run(tmp_path: Path, store: Path, *, steps: list[int]) -> tuple[Path, Path]:
    """(spec, folder) of a run with NaN in the weights of the checkpoints of these steps."""
    spec = write_spec(tmp_path / "run.yaml", store, num_steps=30, validation={"every_steps": 0})
    out = tmp_path / "run"
    assert Attempt("train", spec, out).kill_when(
        lambda: (out / "checkpoints" / "step-00000009" / "manifest.json").exists()
    )
    found = newest_whole(JobFolder(out)).path
    assert found is not None
    snapshot = read_checkpoint(found)
    name = next(name for name in snapshot.tensors if "embed" in name and "model/" in name)
    snapshot.tensors[name][5:, 0] = float("nan")
    model = ModelSpec(
        num_layers=2, width=32, num_heads=2, context_length=32, dropout=0.1, vocab_size=64
    ).resolve()
    for step in steps:
        later = replace(snapshot.state, step=snapshot.state.step + step)
        write_checkpoint(JobFolder(out), replace(snapshot, state=later), model)
    return spec, out


def test_broken_weights_are_left_behind(tmp_path: Path, poisoned: Path) -> None:
    """Going back to them once more helps nothing, so the second time it is further."""
    spec, out = broken_run(tmp_path, poisoned, steps=[1])
    attempt = Attempt("train", spec, out)
    assert attempt.wait() == [0], attempt.log()
    first, second = events(out, "rolled_back")
    assert second["to_step"] < first["to_step"]
    assert events(out, "step_skipped")[0]["loss"] == "nan"
    assert "its loss is nan" in events(out, "step_skipped")[0]["message"]
    assert events(out, "finished")


def test_a_run_that_cannot_get_past_it_gives_up_and_names_the_rows(
    tmp_path: Path, poisoned: Path
) -> None:
    spec, out = broken_run(tmp_path, poisoned, steps=[0, 1, 2])
    for path in checkpoint_paths(JobFolder(out)):
        if step_of(path) < step_of(checkpoint_paths(JobFolder(out))[-1]) - 2:
            path.rename(path.with_name(path.name + ".damaged"))
    attempt = Attempt("train", spec, out)
    assert attempt.wait() == [6], attempt.log()
    failed = all_events(out / "events.jsonl")[-1]
    assert (failed["kind"], failed["reason"]) == ("failed", "not_finite")
    assert "after the run had gone back 3 of 3 times" in failed["message"]
    assert "read rows" in failed["message"]


def test_checkpoints_of_stops_push_no_scheduled_one_out(tmp_path: Path, poisoned: Path) -> None:
    out = train(
        tmp_path,
        "run",
        poisoned,
        num_steps=12,
        checkpoints={"every_steps": 3, "keep_last": 4},
        validation={"every_steps": 0},
    )
    folder = JobFolder(out)
    snapshot = read_checkpoint(folder.checkpoint(12))
    model = ModelSpec(
        num_layers=2, width=32, num_heads=2, context_length=32, dropout=0.1, vocab_size=64
    ).resolve()
    for step in (13, 14):
        state, extra = replace(snapshot.state, step=step), {**snapshot.extra, "is_scheduled": False}
        write_checkpoint(folder, replace(snapshot, state=state, extra=extra), model)
        retire(folder, keep_last=2, best_step=0, keep_every=3)
    assert [step_of(path) for path in checkpoint_paths(folder)] == [3, 6, 9, 12, 14]
    retire(folder, keep_last=2, best_step=3)
    assert [step_of(path) for path in checkpoint_paths(folder)] == [3, 9, 12, 14]
