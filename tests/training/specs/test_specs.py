"""Specs: every problem at once, with its path; YAML that round-trips; nothing left on auto."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import Problem, SpecError
from training.registry import OBJECTIVES, VERBS
from training.specs.model import ModelSpec
from training.specs.plan import PlanSpec
from training.specs.reading import parse_yaml
from training.specs.train import TrainSpec
from training.specs.writing import write_yaml


def problems_of(data: dict[str, Any]) -> dict[str, str]:
    """{field path: sentence} of a refused train spec."""
    with pytest.raises(SpecError) as caught:
        TrainSpec.parse({"tokens": "t", **data})
    return {problem.field: problem.sentence() for problem in caught.value.problems}


def test_all_problems_are_reported_at_once_each_with_its_path() -> None:
    found = problems_of(
        {
            "optimizer": {"learning_rate": float("nan"), "clipnorm": 1},
            "num_steps": 0,
            "optimiser": 1,
        }
    )
    assert set(found) == {
        "optimizer.learning_rate", "optimizer.clipnorm", "num_steps", "optimiser",
    }  # fmt: skip
    assert "Did you mean 'clip_norm'?" in found["optimizer.clipnorm"]
    assert "Did you mean 'optimizer'?" in found["optimiser"]
    assert "finite" in found["optimizer.learning_rate"]
    assert "at least 1" in found["num_steps"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan", -1, 0, 2])
def test_a_learning_rate_that_is_no_sane_number_is_refused(value: object) -> None:
    assert "optimizer.learning_rate" in problems_of({"optimizer": {"learning_rate": value}})


def test_heads_that_do_not_divide_the_width_come_with_a_fix() -> None:
    with pytest.raises(SpecError) as caught:
        TrainSpec.parse({"tokens": "t", "model": {"width": 100, "num_heads": 3}})
    problem = caught.value.problems[0]
    assert problem.field == "model.num_heads"
    assert dict(problem.fix) == {"model.num_heads": 2}
    mended = {"width": 100, "num_heads": 2}
    assert TrainSpec.parse({"tokens": "t", "model": mended}).model.num_heads == 2


def test_rows_longer_than_the_context_and_odd_batches_are_refused() -> None:
    found = problems_of({"sequence_length": 999, "batch_size": 3, "num_processes": 2})
    assert set(found) == {"sequence_length", "batch_size"}


def test_a_vocabulary_must_be_positive_and_warmup_must_end() -> None:
    found = problems_of({"num_steps": 5, "schedule": {"warmup_steps": 5}})
    assert "less than 5 steps" in found["schedule.warmup_steps"]


def test_a_newer_version_is_refused_with_what_to_do() -> None:
    assert "newer Trainyard" in problems_of({"version": 99})["version"]


def test_a_list_is_no_spec() -> None:
    with pytest.raises(SpecError, match="mapping of field names"):
        TrainSpec.parse([1, 2])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"tokens: [", "line 1"),
        (b"tokens: x\n bad: y: z", "line 2"),
        (b"tokens: \xff", "UTF-8"),
        (b"[" * 20_000, "not valid YAML"),
        (b"", "mapping"),
    ],
)
def test_a_file_that_is_no_yaml_says_where(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=said):
        TrainSpec.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"nothing\.yaml: cannot be read"):
        TrainSpec.load(tmp_path / "nothing.yaml")


def test_resolve_leaves_nothing_on_auto() -> None:
    spec = TrainSpec.parse({"tokens": "t"}).resolve()
    assert spec.num_threads > 0
    assert spec.micro_batch_size > 0
    assert spec.sequence_length == spec.model.context_length
    assert "auto" not in spec.to_yaml()
    assert spec.resolve() == spec


def test_an_objective_is_one_of_the_registry() -> None:
    found = problems_of({"objective": "casual"})
    known = ", ".join(map(repr, OBJECTIVES))
    assert f"accepted: {known}. Did you mean 'causal'?" in found["objective"]
    choices = TrainSpec.schema_document()["properties"]["objective"]["enum"]
    assert choices == list(OBJECTIVES)


@pytest.mark.parametrize("value", [1e-40, 0.0099, -1, 5.1])
def test_a_temperature_that_cannot_be_divided_by_is_refused(value: float) -> None:
    assert "samples.temperature" in problems_of({"samples": {"temperature": value}})


@pytest.mark.parametrize("value", [0, 0.01, 5])
def test_a_temperature_of_zero_or_more_than_nearly_zero_is_accepted(value: float) -> None:
    TrainSpec.parse({"tokens": "t", "samples": {"temperature": value}})


def test_numbers_outside_their_recommended_range_are_doubted_at_any_depth() -> None:
    changes = {"batch_size": 8, "optimizer": {"learning_rate": 0.1}, "model": {"dropout": 0.5}}
    found = TrainSpec.parse({"tokens": "t", **changes}).doubts()
    doubts = {doubt.field: doubt.message for doubt in found}
    assert set(doubts) == {"batch_size", "optimizer.learning_rate", "model.dropout"}
    assert doubts["batch_size"].startswith("8 rows is outside the recommended range of 16 to 512")
    assert list(TrainSpec.parse({"tokens": "t"}).doubts()) == []


def test_a_spec_agrees_with_itself_resolved_on_another_machine() -> None:
    spec = TrainSpec.parse({"tokens": "t", "model": {"width": 64}})
    there = spec.resolve().replace(num_threads=7, micro_batch_size=4)
    assert spec.agrees_with(there)
    assert there.agrees_with(there)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_steps": 7},
        {"num_threads": 3},
        {"tokens": "other"},
        {"model": {"width": 128}},
        {"model": {"width": 64, "num_kv_heads": 2}},
        {"samples": {"prompts": ["a"]}},
    ],
    ids=str,
)
def test_a_spec_does_not_agree_with_one_that_chooses_otherwise(changes: dict[str, Any]) -> None:
    base = {"tokens": "t", "model": {"width": 64}}
    there = TrainSpec.parse(base).resolve().replace(num_threads=7)
    assert not TrainSpec.parse({**base, **changes}).agrees_with(there)


def test_a_plan_is_refused_for_what_a_training_would_be_refused_for() -> None:
    for changes in (
        {"sequence_length": 999},
        {"batch_size": 3, "num_processes": 2},
        {"batch_size": 32, "micro_batch_size": 5},
        {"batch_size": 2**62},
        {"sequence_length": 2**62},
        {"num_threads": 2**40},
    ):
        with pytest.raises(SpecError) as planned:
            PlanSpec.parse(changes)
        assert [problem.as_dict() for problem in planned.value.problems] == [
            problem.as_dict() for problem in refused_training(changes)
        ]


def refused_training(data: dict[str, Any]) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        TrainSpec.parse({"tokens": "t", **data})
    return caught.value.problems


@pytest.mark.parametrize(
    "text", ["\x85", "a\x85b", "~", "1e5", "2001-01-01", "a\n---\nb", "\ufeff"]
)
def test_a_text_that_yaml_would_read_otherwise_comes_back(text: str) -> None:
    data = {"tokens": text, "also": [text, text]}
    assert parse_yaml(write_yaml(data), "the text") == data


def test_what_stands_in_two_places_is_written_twice() -> None:
    shared = {"a": [1]}
    assert parse_yaml(write_yaml([shared, shared]), "the text") == [shared, shared]


steps = st.integers(2, 10**6)
paths = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
models = st.builds(
    ModelSpec,
    num_layers=st.integers(1, 64),
    width=st.sampled_from([64, 128, 256]),
    num_heads=st.sampled_from([1, 2, 4, 8]),
    num_kv_heads=st.sampled_from([0, 1]),
    is_tied=st.booleans(),
    dropout=st.floats(0, 0.9),
    rope_theta=st.floats(1, 1e7),
)


@settings(max_examples=60, deadline=None)
@given(model=models, num_steps=steps, tokens=paths, rate=st.floats(1e-9, 1))
def test_yaml_out_and_in_again_is_lossless(
    tmp_path_factory: pytest.TempPathFactory,
    model: ModelSpec,
    num_steps: int,
    tokens: str,
    rate: float,
) -> None:
    spec = TrainSpec.parse(
        {
            "tokens": tokens,
            "model": model.model_dump(mode="json"),
            "num_steps": num_steps,
            "optimizer": {"learning_rate": rate},
        }
    )
    path = tmp_path_factory.mktemp("yaml") / "spec.yaml"
    path.write_text(spec.to_yaml(), encoding="utf-8")
    assert TrainSpec.load(path) == spec
    assert TrainSpec.parse(json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_a_json_schema(verb: str) -> None:
    schema = VERBS[verb].load_spec().schema_document()
    assert schema["additionalProperties"] is False
    json.dumps(schema)
