"""Serving: a real model behind a socket, with a token, until it is stopped."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.training.loop.tiny import make_store, train
from tests.training.tuning.runs import make_base, make_tokens, tune, tuning_data
from training.events import all_events
from training.export.adapter import ADAPTER_CONFIG
from training.folder.atomic import read_json, write_json
from training.folder.layout import JobFolder
from training.linesocket import as_line, ask, short_name


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a training of two steps."""
    folder = tmp_path_factory.mktemp("serve")
    store = make_store(folder / "tokens")
    return train(folder, "run", store, num_steps=2, schedule={"warmup_steps": 0}) / "output"


class Serving:
    """A serving process and how to ask it."""

    def __init__(self, folder: JobFolder, model: Path, **spec: Any) -> None:
        self.folder = folder
        folder.root.mkdir()
        write_json(folder.spec, {"verb": "serve", "spec": {"model": str(model), **spec}})
        argv = [sys.executable, "-m", "training", "serve", str(folder.spec), "--out"]
        self.process = subprocess.Popen([*argv, str(folder.root)], cwd=REPOSITORY)
        deadline = time.monotonic() + 90
        while not folder.endpoint.exists():
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        self.endpoint = read_json(folder.endpoint)

    def ask(self, call: str, **arguments: Any) -> Any:
        request = {"token": self.endpoint["token"], "call": call, **arguments}
        return ask(self.folder.root / self.endpoint["socket"], request, timeout_seconds=60)


@pytest.fixture
def serving(model: Path, tmp_path: Path) -> Iterator[Serving]:
    made = Serving(JobFolder(tmp_path / "job"), model)
    yield made
    made.process.kill()
    made.process.wait()


@pytest.fixture(scope="module")
def shared(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One process for tests that leave it as it was."""
    made = Serving(JobFolder(tmp_path_factory.mktemp("shared") / "job"), model)
    yield made
    made.process.kill()
    made.process.wait()


def endless(model: Path, tmp_path: Path) -> Path:
    """A copy of the model that knows no end of text and no full context."""
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    config = read_json(copy / "config.json")
    write_json(
        copy / "config.json",
        {**config, "eos_token_id": None, "max_position_embeddings": 4096},
    )
    manifest = read_json(copy / "manifest.json")
    manifest["files"]["config.json"]["num_bytes"] = (copy / "config.json").stat().st_size
    write_json(copy / "manifest.json", manifest)
    return copy


def test_a_served_model_completes_until_it_is_stopped(serving: Serving) -> None:
    assert serving.ask("ping")["result"] == {"num_answers": 0, "num_models": 1}
    first = serving.ask("complete", prompt="ABC", max_new_tokens=5, temperature=1, seed=3)
    assert first["ok"], first
    assert 0 <= first["result"]["num_new_tokens"] <= 5
    again = serving.ask("complete", prompt="ABC", max_new_tokens=5, temperature=1, seed=3)
    assert again["result"]["text"] == first["result"]["text"]
    assert serving.folder.endpoint.stat().st_mode & 0o777 == 0o600
    for bad, why in {
        "max_new_tokens": "accepted: a number from 1 to 512",
        "temperature": "accepted: a number from 0 to 5",
    }.items():
        answer = serving.ask("complete", prompt="ABC", **{bad: -1})
        assert why in answer["error"]
    nearly_zero = serving.ask("complete", prompt="ABC", temperature=1e-40)
    assert nearly_zero["error"] == "temperature: got 1e-40; accepted: 0, or 0.01 to 5."
    assert "There is no call 'exec'" in serving.ask("exec")["error"]
    token, serving.endpoint["token"] = serving.endpoint["token"], "guess"
    assert serving.ask("ping")["error"] == "The token is missing or wrong."
    serving.endpoint["token"] = token
    serving.folder.stop.parent.mkdir()
    write_json(serving.folder.stop, {"wanted": "stop"})
    assert serving.process.wait(timeout=20) == 0
    assert not serving.folder.endpoint.exists()
    last = all_events(serving.folder.events)[-1]
    assert (last["kind"], last["wanted"], last["num_answers"]) == ("stopped", "stop", 2)


def test_an_adapter_and_the_checkpoint_that_it_came_from_answer_alike(tmp_path: Path) -> None:
    """Both are read beside their base; neither holds a whole model."""
    base, tokens = make_base(tmp_path), make_tokens(tmp_path / "tokens")
    run = tune(tmp_path / "run", tuning_data(tokens, base, num_steps=30))
    models = {"model": run / "output", "second": run / "checkpoints" / "step-00000030"}
    assert (models["model"] / ADAPTER_CONFIG).exists()
    serving = Serving(
        JobFolder(tmp_path / "job"), models["model"], second_model=str(models["second"])
    )
    try:
        answers = [
            serving.ask("complete", prompt="abcd", max_new_tokens=12, temperature=0, model=number)
            for number in (0, 1)
        ]
    finally:
        serving.process.kill()
        serving.process.wait()
    assert all(answer["ok"] for answer in answers), answers
    adapted, checkpoint = (answer["result"] for answer in answers)
    assert adapted["text"] == checkpoint["text"]
    assert adapted["num_new_tokens"] == checkpoint["num_new_tokens"] > 0


def test_a_model_that_nobody_asks_ends_by_itself(model: Path, tmp_path: Path) -> None:
    serving = Serving(JobFolder(tmp_path / "job"), model, idle_seconds=0.5)
    assert serving.process.wait(timeout=30) == 0
    assert all_events(serving.folder.events)[-1]["kind"] == "finished"


def test_an_answer_that_takes_longer_than_the_idle_time_is_given(
    model: Path, tmp_path: Path
) -> None:
    """Many tokens from the endless copy."""
    idle = 0.2
    serving = Serving(
        JobFolder(tmp_path / "job"),
        endless(model, tmp_path),
        idle_seconds=idle,
        max_new_tokens=4000,
    )
    answer = serving.ask("complete", prompt="ABC", max_new_tokens=1500, temperature=0)
    assert answer["ok"], answer
    assert answer["result"]["num_new_tokens"] == 1500
    assert answer["result"]["seconds"] > idle + 0.5, "too quick to show anything"
    assert serving.process.wait(timeout=30) == 0
    assert all_events(serving.folder.events)[-1]["num_answers"] == 1


def test_what_a_long_prompt_loses_is_counted(shared: Serving) -> None:
    answer = shared.ask("complete", prompt="ABCD" * 10, max_new_tokens=5)
    assert answer["result"]["num_prompt_tokens"] == 40
    assert answer["result"]["num_cut_tokens"] == 40 - (32 - 5)
    assert answer["result"]["num_new_tokens"] <= 5


def streamed(serving: Serving, **arguments: Any) -> Iterator[dict[str, Any]]:
    """The lines of a streamed answer; closing the iterator hangs up."""
    request = {"token": serving.endpoint["token"], "call": "stream", **arguments}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        with short_name(serving.folder.root / serving.endpoint["socket"]) as name:
            connection.connect(name)
        connection.sendall(as_line(request))
        with connection.makefile("rb") as lines:
            for line in lines:
                yield json.loads(line)


def test_a_streamed_answer_is_the_whole_one_in_pieces(shared: Serving) -> None:
    asked = {"prompt": "ABC", "max_new_tokens": 12, "temperature": 1, "seed": 5}
    whole = shared.ask("complete", **asked)["result"]
    *texts, last = streamed(shared, **asked)
    assert last["result"]["text"] == "".join(line["text"] for line in texts) == whole["text"]
    assert last["result"]["num_new_tokens"] == whole["num_new_tokens"] > 1
    assert len(texts) > 1
    (refused,) = streamed(shared, prompt=3)
    assert refused["error"] == "prompt: a text of at most 200,000 characters is needed."
    (refused,) = streamed(shared, prompt="A", model=1)
    assert refused["error"] == "model: got 1; accepted: 0 to 0."


def test_hanging_up_ends_an_answer(model: Path, tmp_path: Path) -> None:
    serving = Serving(JobFolder(tmp_path / "job"), endless(model, tmp_path))
    lines = streamed(serving, prompt="A", max_new_tokens=512, temperature=1)
    assert next(lines)["ok"]
    lines.close()
    # The next one waits for the model: it would wait for all of the 512 tokens.
    assert serving.ask("complete", prompt="A", max_new_tokens=1)["ok"]
    assert serving.ask("ping")["result"]["num_answers"] == 1
    serving.process.kill()
    serving.process.wait()


def test_two_models_answer_and_a_checkpoint_needs_no_export(model: Path, tmp_path: Path) -> None:
    """The last checkpoint of the run is the model that it exported."""
    checkpoint = model.parent / "checkpoints" / "step-00000002"
    serving = Serving(JobFolder(tmp_path / "job"), model, second_model=str(checkpoint))
    assert serving.ask("ping")["result"]["num_models"] == 2
    asked = {"prompt": "ABC", "max_new_tokens": 8, "temperature": 1, "seed": 2}
    first, second = (serving.ask("complete", model=number, **asked) for number in (0, 1))
    assert first["result"]["text"] == second["result"]["text"] != ""
    serving.process.kill()
    serving.process.wait()
