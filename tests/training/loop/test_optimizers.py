"""Groups, optimizers, their memory, and that a run of each goes on as if it had not stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.training.loop.tiny import make_store, prepared
from training.errors import CheckpointError
from training.folder.atomic import write_json
from training.loop.callbacks.checkpointer import Checkpointer
from training.loop.lion import Lion
from training.loop.optimizer import build_optimizer, set_learning_rate
from training.loop.optimizers import IS_HIDDEN
from training.loop.run import Run, StepResult
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.model.building import build_model
from training.planning.memory import Shape, plan_memory
from training.registry import OPTIMIZERS
from training.specs.model import ModelSpec
from training.specs.optimization import OptimizerKind, OptimizerPart, ParameterGroupsPart

SPEC = ModelSpec(
    num_layers=2,
    width=32,
    num_heads=2,
    context_length=32,
    vocab_size=64,
    is_tied=False,
    has_biases=True,
).resolve()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


def group_of(part: OptimizerPart, name: str) -> dict[str, Any]:
    """The group that holds the parameter of that name."""
    model = build_model(SPEC, 0)
    optimizer = build_optimizer(model, part)
    wanted = dict(model.named_parameters())[name]
    (group,) = [g for g in optimizer.param_groups if any(p is wanted for p in g["params"])]
    return group


def test_norms_and_biases_do_not_decay() -> None:
    model = build_model(SPEC, 0)
    optimizer = build_optimizer(model, OptimizerPart(weight_decay=0.5))
    decayed = {id(p) for g in optimizer.param_groups if g["weight_decay"] for p in g["params"]}
    for name, parameter in model.named_parameters():
        assert (id(parameter) in decayed) == (parameter.dim() >= 2), name
    assert sum(len(g["params"]) for g in optimizer.param_groups) == len(list(model.parameters()))


@pytest.mark.parametrize(
    ("name", "rate", "decay"),
    [
        ("model.embed_tokens.weight", 2.0, 0.05),
        ("lm_head.weight", 0.5, 0.2),
        ("model.norm.weight", 3.0, 0.01),
        ("model.layers.0.self_attn.q_proj.bias", 3.0, 0.01),
        ("model.layers.1.mlp.down_proj.weight", 4.0, 0.1),
    ],
)
def test_each_group_has_its_rate_and_decay(name: str, rate: float, decay: float) -> None:
    groups = ParameterGroupsPart(
        embedding_rate=2, embedding_decay=0.5, head_rate=0.5, head_decay=2, norm_rate=3,
        norm_decay=0.1, matrix_rate=4,
    )  # fmt: skip
    group = group_of(OptimizerPart(weight_decay=0.1, groups=groups), name)
    assert group["weight_decay"] == pytest.approx(decay)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    optimizer.param_groups[:] = [group]
    set_learning_rate(optimizer, 1e-3)
    assert group["lr"] == pytest.approx(rate * 1e-3)


def test_lion_is_the_formula_of_its_paper() -> None:
    random = np.random.default_rng(0)
    start = random.standard_normal((3, 5))
    parameter = torch.nn.Parameter(torch.tensor(start))
    groups = [{"params": [parameter], "lr": 0.01, "weight_decay": 0.1}]
    lion, moment = Lion(groups, beta1=0.9, beta2=0.99), np.zeros((3, 5))
    for _ in range(5):
        gradient = random.standard_normal((3, 5))
        parameter.grad = torch.tensor(gradient)
        lion.step()
        update = np.sign(0.9 * moment + 0.1 * gradient)
        start = start - 0.01 * (update + 0.1 * start)
        moment = 0.99 * moment + 0.01 * gradient
    np.testing.assert_allclose(parameter.detach().numpy(), start, atol=1e-12)


def test_muon_steps_hidden_matrices_and_leaves_the_rest_to_adamw() -> None:
    model = build_model(SPEC, 0)
    optimizer = build_optimizer(model, OptimizerPart(kind=OptimizerKind.MUON))
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            keys = set(optimizer.state[parameter])
            assert keys == (
                {"momentum_buffer"} if group[IS_HIDDEN] else {"step", "exp_avg", "exp_avg_sq"}
            )


@pytest.mark.parametrize("kind", OptimizerKind)
def test_its_memory_is_planned(kind: OptimizerKind) -> None:
    model = build_model(SPEC, 0)
    optimizer = build_optimizer(model, OptimizerPart(kind=kind))
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    real = sum(value.nbytes for state in optimizer.state.values() for value in state.values())
    plan = plan_memory(SPEC, Shape(2, 8), optimizer_kind=kind)
    assert plan.optimizer == real


class StopAt:
    """Callback: somebody asks for a stop in time for this step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def start(self, run: Run) -> None:
        """Not yet."""

    def after_step(self, run: Run, result: StepResult) -> None:
        if result.step == self.step - 1:
            run.job.folder.stop.parent.mkdir(exist_ok=True)
            write_json(run.job.folder.stop, {"wanted": "stop"})

    def end(self, run: Run) -> None:
        """Nothing to end."""


def trained(out: Path, store: Path, *callbacks: Any, **changes: Any) -> Run:
    """A run of twelve steps, or to where its callbacks stop it."""
    (out / "control" / "stop").unlink(missing_ok=True)
    run = prepared(out, store, num_steps=12, validation={"every_steps": 0}, **changes)
    watch = StopWatch(run.job)
    Trainer(run, [*callbacks, Checkpointer()], watch).train()
    watch.close()
    run.job.close()
    return run


@pytest.mark.parametrize("kind", OptimizerKind)
def test_a_stopped_run_of_each_goes_on_bit_for_bit(
    tmp_path: Path, store: Path, kind: OptimizerKind
) -> None:
    changes = {"optimizer": {"kind": str(kind), "learning_rate": 3e-3}}
    whole = trained(tmp_path / "whole", store, **changes)
    first = trained(tmp_path / "cut", store, StopAt(7), **changes)
    assert first.state.step == 7
    second = trained(tmp_path / "cut", store, **changes)
    assert second.state.step == 12
    for (name, ours), (_, theirs) in zip(
        second.model.named_parameters(), whole.model.named_parameters(), strict=True
    ):
        assert ours.equal(theirs), name
    assert str(kind) in OPTIMIZERS


def test_the_state_of_another_optimizer_is_refused(tmp_path: Path, store: Path) -> None:
    trained(tmp_path / "run", store, StopAt(3))
    with pytest.raises(CheckpointError, match="written with another optimizer"):
        prepared(tmp_path / "run", store, optimizer={"kind": "lion"})
