"""How a run computes its steps changes what it costs and not what it learns."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from tests.training.loop.test_resume_objectives import CASES
from tests.training.loop.tiny import final_weights, prepared, series, spec_data, write_spec
from tests.training.objectives.setting import special_store
from training.cli import main
from training.errors import ExitCode, SpecError
from training.events import all_events
from training.loop.callbacks.kernels import KernelReport
from training.loop.run import Run, StepResult
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.planning.compilers import reason_against_compiling
from training.registry import ATTENTIONS
from training.specs.train import TrainSpec


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


def parts_of(out: Path) -> dict[str, dict[str, Any]]:
    events = [event for event in all_events(out / "events.jsonl") if event["kind"] == "kernels"]
    assert events[0]["message"]
    return {part["part"]: part for part in events[-1]["parts"]}


@pytest.mark.parametrize(
    ("changes", "name", "inside"),
    [
        ({}, "per_document", "cannot drop attention weights"),
        ({"model": {"dropout": 0.0}}, "per_document", "torch's fused kernel"),
        ({"model": {"dropout": 0.0}, "precision": "bf16"}, "per_document", "tiles of bfloat16"),
        ({"packing": {"isolation": "none"}, "model": {"dropout": 0.0}}, "sdpa", "fused kernel"),
        ({"packing": {"isolation": "soft"}, "model": {"dropout": 0.0}}, "soft", "fused kernel"),
        ({"model": {"dropout": 0.0, "position": "relative", "norm": "layernorm"}}, "per_document",
         "the bias by distance is learned"),
        ({"objective": "masked", "model": {"attention": "bidirectional", "dropout": 0.0,
          "position": "disentangled"}}, "disentangled", "vectors of their own"),
    ],
)  # fmt: skip
def test_the_event_names_the_attention_that_the_first_batch_gets(
    tmp_path: Path, store: Path, changes: dict[str, Any], name: str, inside: str
) -> None:
    model = spec_data(store)["model"] | changes.get("model", {})
    asked = {"precision": "fp32", **changes, "model": model}
    run = prepared(tmp_path / "run", store, **asked)
    KernelReport().start(run)
    parts = parts_of(tmp_path / "run")
    attention = parts["attention"]
    assert attention["chosen"] == name
    assert inside in attention["why"]
    if name == "per_document":
        assert "no kernel for cpu" in attention["against"]["varlen"]
        assert set(attention["against"]) == set(ATTENTIONS) - {name}
    assert parts["precision"]["chosen"] == asked["precision"]
    assert parts["compilation"]["chosen"] == "none"
    assert parts["optimizer"]["chosen"] == "AdamW, torch's fused kernel"
    assert parts["processes"]["why"] == "1 thread each"


def test_what_cannot_be_compiled_here_is_refused_before_anything_is_made(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    spec = write_spec(tmp_path / "run.yaml", store, compiles=True)
    assert main(["train", str(spec), "--out", str(tmp_path / "run")]) == ExitCode.SPEC
    said = capsys.readouterr().err
    assert "compiles: a model cannot be compiled on this machine" in said
    assert "no-such-compiler was not found" in said
    assert "apt install g++" in said
    assert not (tmp_path / "run" / "order.npy").exists()


def test_compiled_blocks_choose_what_is_computed_again() -> None:
    with pytest.raises(SpecError) as caught:
        TrainSpec.parse({"tokens": "t", "compiles": True, "recomputation": "selective"})
    assert [problem.field for problem in caught.value.problems] == ["recomputation"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.skipif(bool(reason_against_compiling("cpu")), reason="there is no C++ compiler")
@pytest.mark.parametrize(("dropout", "again"), [(0.0, "none"), (0.1, "full")])
def test_a_compiled_run_learns_the_same_and_goes_on_bit_for_bit(
    tmp_path: Path, store: Path, dropout: float, again: str
) -> None:
    """In one process, so that it is compiled once; numbers of dropout are drawn in the kernels."""
    changes = {
        "model": spec_data(store)["model"] | {"dropout": dropout},
        "num_steps": 8,
        "precision": "fp32",
        "samples": {"prompts": ["258"], "max_new_tokens": 4},
        "checkpoints": {"every_steps": 4, "keep_last": 5},
        "recomputation": again,
    }
    outs = {}
    for name, compiles in (("plain", False), ("compiled", True)):
        spec = write_spec(tmp_path / f"{name}.yaml", store, compiles=compiles, **changes)
        outs[name] = tmp_path / name
        assert main(["train", str(spec), "--out", str(outs[name])]) == ExitCode.OK
    plain, compiled = outs.values()
    names = [load_file(out / "output" / "model.safetensors").keys() for out in (plain, compiled)]
    assert names[0] == names[1]
    assert parts_of(compiled)["compilation"]["chosen"] == "torch.compile"
    before, weights = series(compiled, "train/loss"), final_weights(compiled)
    for (_, one), (_, other) in zip(series(plain, "train/loss"), before, strict=True):
        same = float.fromhex(one) == pytest.approx(float.fromhex(other), abs=1e-4)
        assert same or dropout
    shutil.rmtree(compiled / "output")
    shutil.rmtree(compiled / "checkpoints" / "step-00000008")
    spec = tmp_path / "compiled.yaml"
    assert main(["train", str(spec), "--out", str(compiled)]) == ExitCode.OK
    assert series(compiled, "train/loss") == before
    assert final_weights(compiled) == weights
