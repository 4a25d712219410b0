"""A plan follows from a spec: consistent with itself, torch-free, written down by the verb."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.loop.tiny import VOCAB_SIZE, make_store, train
from tests.training.planning.machines import measured_machine
from training.cli import main
from training.errors import ExitCode
from training.events import all_events
from training.planning.machine import cpu_has_bf16
from training.planning.plan import ASSUMED_VOCAB_SIZE, plan_training
from training.planning.scaling import advise, parameters_for
from training.planning.table import as_table
from training.planning.time import GUESSED_FLOPS_WITH_BF16, STEP_FRACTION
from training.specs.optimization import Recomputation
from training.specs.plan import PlanSpec
from training.specs.train import TrainSpec

RUN = PlanSpec.parse(
    {
        "model": {"num_layers": 2, "width": 64, "num_heads": 4, "context_length": 128},
        "batch_size": 8,
        "num_steps": 50,
        "num_threads": 1,
        "device": "cpu",
        "precision": "fp32",
    }
)


def test_a_training_spec_and_a_plan_spec_of_the_same_run_give_the_same_plan() -> None:
    shared = RUN.to_dict()
    for name in ("version", "tokens_at_hand", "price_per_device_hour", "measures_machine"):
        del shared[name]
    train = TrainSpec.parse({**shared, "tokens": "somewhere"})
    assert plan_training(train, vocab_size=300) == plan_training(RUN, vocab_size=300)
    assert plan_training(train.resolve(), vocab_size=300) == plan_training(RUN, vocab_size=300)


def test_tokens_are_rows_times_length_times_steps() -> None:
    plan = plan_training(RUN, vocab_size=300)
    assert plan.tokens_per_step == 8 * 128
    assert plan.num_tokens == 8 * 128 * 50
    assert plan.training_flops == plan.flops.training * plan.num_tokens


def test_an_unknown_vocabulary_is_assumed_and_said_so() -> None:
    plan = plan_training(RUN)
    assert (plan.vocab_size, plan.is_vocab_assumed) == (ASSUMED_VOCAB_SIZE, True)
    assert "vocabulary assumed" in as_table(plan)
    assert "vocabulary assumed" not in as_table(plan_training(RUN, vocab_size=300))


def test_two_processes_halve_the_time_and_the_micro_batch() -> None:
    one, two = (plan_training(RUN.replace(num_processes=count), vocab_size=300) for count in (1, 2))
    assert two.time.seconds == pytest.approx(one.time.seconds / 2)
    assert (one.micro_batch_size, two.micro_batch_size) == (8, 4)
    assert two.memory.activations * 2 == one.memory.activations
    assert two.memory.reduction_buffer == one.memory.weights


def test_a_measured_machine_is_used_and_named_as_such() -> None:
    guessed = plan_training(RUN, vocab_size=300)
    plan = plan_training(RUN, vocab_size=300, calibration=measured_machine())
    assert (guessed.time.is_measured, plan.time.is_measured) == (False, True)
    assert "guessed" in as_table(guessed)
    assert "guessed" not in as_table(plan)


@pytest.mark.parametrize("flops", [GUESSED_FLOPS_WITH_BF16, {"fp32": 1e11, "bf16": 2.2e11}])
def test_a_core_with_bf16_is_quicker_in_bf16(flops: dict[str, float]) -> None:
    fp32, bf16 = (flops[name] * STEP_FRACTION["cpu", name] for name in ("fp32", "bf16"))
    assert bf16 > fp32


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_format_that_auto_takes_on_this_cpu_is_planned_to_be_the_quicker_one(
    precision: str,
) -> None:
    chosen = plan_training(RUN.replace(precision="auto"), vocab_size=300)
    other = plan_training(RUN.replace(precision=precision), vocab_size=300)
    assert chosen.precision == ("bf16" if cpu_has_bf16() else "fp32")
    assert chosen.time.seconds <= other.time.seconds


def test_a_plan_is_what_the_run_becomes(tmp_path: Path) -> None:
    out = train(tmp_path, "run", make_store(tmp_path / "tokens"), num_steps=6, precision="auto")
    spec = TrainSpec.parse(json.loads((out / "spec.json").read_text())["spec"])
    plan = plan_training(spec, vocab_size=VOCAB_SIZE)
    events = {event["kind"]: event for event in all_events(out / "events.jsonl")}
    begun, finished = events["started"], events["finished"]
    assert plan.parameters.total == begun["num_parameters"] == finished["num_parameters"]
    assert (plan.precision, plan.device) == (begun["precision"], begun["device"])
    assert plan.num_tokens == finished["num_tokens"]


def test_a_measurement_of_another_device_is_not_used() -> None:
    plan = plan_training(RUN, vocab_size=300, calibration=measured_machine(device="cuda"))
    assert not plan.time.is_measured


def test_a_precision_that_was_not_measured_is_guessed() -> None:
    bf16 = RUN.replace(precision="bf16")
    plan = plan_training(bf16, vocab_size=300, calibration=measured_machine())
    assert not plan.time.is_measured


def test_price_is_per_device_and_hour() -> None:
    plan = plan_training(RUN, vocab_size=300, price_per_device_hour=36.0)
    assert plan.cost == pytest.approx(plan.time.seconds / 100)


@pytest.mark.parametrize(
    ("num_tokens", "at_hand", "words"),
    [
        (1_000, 0, "wants about"),
        (20_000_000, 0, "about 20 per parameter"),
        (100_000_000, 0, "a larger model would use them better"),
        (20_000_000, 1_000_000, "repeated 20.0 times"),
    ],
)
def test_advice_names_what_is_missing(num_tokens: int, at_hand: int, words: str) -> None:
    advice = advise(1_000_000, num_tokens, at_hand)
    assert words in advice.sentence
    assert ("repeated" in advice.sentence) == (advice.epochs > 4)
    assert parameters_for(advice.tokens_wanted) == 1_000_000


def test_the_verb_leaves_a_plan_and_prints_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"model": {"vocab_size": 300}, "tokens_at_hand": 1000}))
    assert main(["plan", str(file), "--out", str(tmp_path / "job")]) == ExitCode.OK
    plan = json.loads((tmp_path / "job" / "plan.json").read_text())
    assert plan["parameters"]["total"] > 0
    assert plan["scaling"]["tokens_at_hand"] == 1000
    printed = capsys.readouterr().out
    assert "Memory per process" in printed
    assert "The text is repeated" in printed


def test_planning_imports_no_torch() -> None:
    modules = ["plan", "table", "verb", "speed", "step", "disk", "trained", "comparison"]
    imports = "; ".join(f"import training.planning.{name}" for name in modules)
    check = (
        f"{imports}; import training.model.presets, training.specs.export, sys; "
        "print([n for n in ('torch', 'transformers', 'accelerate') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("is_measured", [True, False], ids=["measured", "guessed"])
def test_what_is_computed_again_takes_time_and_saves_memory(is_measured: bool) -> None:
    run = TrainSpec.parse({"tokens": "t", "precision": "fp32", "device": "cpu"})
    plans = [
        plan_training(
            run.replace(recomputation=how),
            vocab_size=300,
            calibration=measured_machine() if is_measured else None,
        )
        for how in Recomputation
    ]
    none, selective, full = (plan.time.seconds for plan in plans)
    assert none <= selective < full < 1.4 * none
    assert (none < selective) == is_measured
    most, some, least = (plan.memory.activations for plan in plans)
    assert least < some < most
