"""A run that is killed again and again ends bit for bit where the unbroken one does."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.training.loop.tiny import final_weights, make_store, series, train, write_spec
from tests.training.processes import Attempt
from training.events import all_events
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
    targets = sorted(dice.sample(range(1, num_steps_for(num_kills)), num_kills))
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


def test_one_of_two_ranks_killed_ends_both_and_resumes_equal(tmp_path: Path, store: Path) -> None:
    changes = {"num_steps": NUM_STEPS, "num_processes": 2}
    twin = train(tmp_path, "twin", store, **changes)
    spec = write_spec(tmp_path / "killed.yaml", store, **changes)
    out = tmp_path / "killed"
    attempt = Attempt("train", spec, out, num_processes=2)
    rank_1 = attempt.ranks[1]

    def kill_one() -> bool:
        if steps_on_disk(out) < 10:
            return False
        rank_1.kill()
        return True

    attempt.kill_when(kill_one)
    attempt = Attempt("train", spec, out, num_processes=2)
    assert attempt.wait() == [0, 0], attempt.log()
    assert_equal_runs(out, twin)
