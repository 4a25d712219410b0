"""A run that is killed again and again ends bit for bit where the unbroken one does."""

from __future__ import annotations

import json
import random
import shutil
import signal
from pathlib import Path

import pytest

from tests.training.loop.tiny import final_weights, make_store, series, train, write_spec
from tests.training.processes import Attempt
from training.cli import main
from training.errors import ExitCode
from training.events import all_events
from training.folder.artifact import load_manifest
from training.folder.atomic import write_json
from training.folder.cursor import read_from
from training.folder.records import num_records
from training.folder.series import read_generation, read_index, series_path

NUM_STEPS = 40
SERIES = ("train/loss", "train/gradient_norm", "train/learning_rate", "validation/loss")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


def steps_on_disk(out: Path) -> int:
    index = read_index(out / "metrics")
    return num_records(series_path(out / "metrics", index.get("train/loss", 1)))


def kill_at_random_steps(spec: Path, out: Path, *, num_processes: int, num_kills: int) -> None:
    """SIGKILL every rank at random steps, ``num_kills`` times, then run to the end."""
    dice = random.Random(num_processes)
    targets = sorted(dice.sample(range(1, last_target(num_kills) + 1), num_kills))
    for done, target in enumerate(targets):

        def is_time(target: int = target, done: int = done) -> bool:
            is_this_attempt = read_generation(out / "metrics")["generation"] >= done
            return is_this_attempt and steps_on_disk(out) >= target

        attempt = Attempt("train", spec, out, num_processes=num_processes)
        assert attempt.kill_when(is_time), "the run ended before it was killed"
    attempt = Attempt("train", spec, out, num_processes=num_processes)
    assert attempt.wait() == [0] * num_processes, attempt.log()


def num_steps_for(num_kills: int) -> int:
    """Four steps per kill, so that each attempt gets somewhere."""
    return 4 * max(10, num_kills)


def last_target(num_kills: int) -> int:
    """Well before the end: the look at the disk comes a little after the step."""
    return num_steps_for(num_kills) * 6 // 10


def assert_equal_runs(killed: Path, twin: Path) -> None:
    for name in SERIES:
        assert series(killed, name) == series(twin, name), name
    assert final_weights(killed) == final_weights(twin)


@pytest.mark.parametrize("num_processes", [1, 2])
def test_ten_kills_change_no_bit_of_losses_or_weights(
    tmp_path: Path, store: Path, num_processes: int
) -> None:
    _kill_and_compare(tmp_path, store, num_processes=num_processes, num_kills=10)


@pytest.mark.slow
@pytest.mark.parametrize("num_processes", [1, 2])
def test_fifty_kills_change_no_bit_of_losses_or_weights(
    tmp_path: Path, store: Path, num_processes: int
) -> None:
    _kill_and_compare(tmp_path, store, num_processes=num_processes, num_kills=50)


def _kill_and_compare(tmp_path: Path, store: Path, *, num_processes: int, num_kills: int) -> None:
    changes = {"num_steps": num_steps_for(num_kills), "num_processes": num_processes}
    twin = train(tmp_path, "twin", store, **changes)
    spec = write_spec(tmp_path / "killed.yaml", store, **changes)
    killed = tmp_path / "killed"
    kill_at_random_steps(spec, killed, num_processes=num_processes, num_kills=num_kills)
    assert_equal_runs(killed, twin)
    resumed = [e for e in all_events(killed / "events.jsonl") if e["kind"] == "resumed"]
    # A kill may fall before the attempt has begun to step; most do not.
    assert len(resumed) > num_kills // 2


def test_without_the_random_state_the_test_would_notice(tmp_path: Path, store: Path) -> None:
    """The comparison can fail: another seed of dropout alone changes losses."""
    first = train(tmp_path, "first", store)
    second = train(tmp_path, "second", store, seed=1)
    assert series(first, "train/loss") != series(second, "train/loss")


def test_every_point_of_every_attempt_stays_readable(tmp_path: Path, store: Path) -> None:
    spec = write_spec(tmp_path / "run.yaml", store, num_steps=NUM_STEPS)
    out = tmp_path / "run"
    kill_at_random_steps(spec, out, num_processes=1, num_kills=3)
    delta = read_from(out / "metrics", read_index(out / "metrics")["train/loss"])
    seen = [
        (stretch.generation, int(step))
        for stretch in delta.stretches
        for step in stretch.records["step"]
    ]
    assert len(seen) == len(set(seen))
    for generation in {g for g, _ in seen}:
        steps = [step for g, step in seen if g == generation]
        assert steps == list(range(steps[0], steps[-1] + 1))


def test_a_finished_run_is_left_alone(tmp_path: Path, store: Path) -> None:
    out = train(tmp_path, "run", store)
    before = (out / "output" / "manifest.json").read_bytes()
    attempt = Attempt("train", tmp_path / "run.yaml", out)
    assert attempt.wait() == [0], attempt.log()
    assert (out / "output" / "manifest.json").read_bytes() == before


def refused(spec: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line says to a run that it refuses for its data."""
    assert main(["train", str(spec), "--out", str(out)]) == ExitCode.DATA
    return capsys.readouterr().err


@pytest.mark.parametrize("num_documents", [200, 150], ids=["of the same size", "of another size"])
def test_a_run_goes_on_only_on_the_tokens_that_it_began_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], num_documents: int
) -> None:
    store = make_store(tmp_path / "tokens")
    out = train(tmp_path, "run", store, num_steps=5)
    shutil.rmtree(out / "output")
    store.rename(tmp_path / "first")
    make_store(store, num_documents=num_documents, seed=0 if num_documents == 200 else 1)
    said = refused(tmp_path / "run.yaml", out, capsys)
    began, now = load_manifest(tmp_path / "first").id[:8], load_manifest(store).id[:8]
    assert f"This run began on the token store {began} (" in said
    assert f"tokens now names {now} (" in said
    shutil.rmtree(store)
    (tmp_path / "first").rename(store)
    assert main(["train", str(tmp_path / "run.yaml"), "--out", str(out)]) == ExitCode.OK


def test_an_order_stored_before_it_named_its_tokens_is_read(tmp_path: Path, store: Path) -> None:
    out = train(tmp_path, "run", store, num_steps=5)
    weights = final_weights(out)
    shutil.rmtree(out / "output")
    data = json.loads((out / "order.json").read_text())
    assert data.pop("tokens") == load_manifest(store).id
    write_json(out / "order.json", data)
    assert main(["train", str(tmp_path / "run.yaml"), "--out", str(out)]) == ExitCode.OK
    assert final_weights(out) == weights


def test_one_of_two_ranks_killed_ends_both_and_resumes_equal(tmp_path: Path, store: Path) -> None:
    changes = {"num_steps": NUM_STEPS, "num_processes": 2}
    twin = train(tmp_path, "twin", store, **changes)
    spec = write_spec(tmp_path / "killed.yaml", store, **changes)
    out = tmp_path / "killed"
    attempt = Attempt("train", spec, out, num_processes=2)
    attempt.wait_until(lambda: steps_on_disk(out) >= 10)
    attempt.ranks[1].kill()
    codes = attempt.wait()
    assert codes[1] == -signal.SIGKILL
    assert codes[0], "a rank went on alone"
    attempt = Attempt("train", spec, out, num_processes=2)
    assert attempt.wait() == [0, 0], attempt.log()
    assert_equal_runs(out, twin)
