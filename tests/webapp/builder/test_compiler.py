"""What is to be compiled and cannot be here is refused in the form, with one click to mend it."""

from __future__ import annotations

import pytest

from training.specs.train import TrainSpec
from webapp.builder.checking import lacking_compiler


def spec(**changes: object) -> TrainSpec:
    return TrainSpec.parse({"tokens": "t", "device": "cpu", **changes})


def test_a_missing_compiler_is_a_problem_of_runs_that_compile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    (problem,) = lacking_compiler(spec(compiles=True))
    assert problem.field == "compiles"
    assert "no-such-compiler was not found" in problem.message
    assert problem.fix == (("compiles", False),)
    assert lacking_compiler(spec()) == []
    monkeypatch.setenv("CXX", "true")
    assert lacking_compiler(spec(compiles=True)) == []
