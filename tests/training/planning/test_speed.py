"""Measured curves are read off between their points, kept, and add up to a step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.training.model.shapes import EVERY_SPEC
from tests.training.planning.machines import measured_machine
from training.cli import main
from training.parallel.calibration import calibrate
from training.parallel.probes import Sizes
from training.planning.memory import Shape
from training.planning.plan import plan_training
from training.planning.speed import Curve, Surface, calibration_file, read_calibration
from training.planning.step import step_seconds
from training.planning.time import threads_speedup
from training.specs.plan import PlanSpec

FEW = Sizes(
    elements=(256, 4096),
    sides=(16, 64),
    tokens=(16,),
    lengths=(16,),
    head_widths=(16,),
    dropped_lengths=(16,),
    widths=(64,),
    vocabularies=(128,),
    parameters=(1024,),
    models=((32, 32), (128, 64)),
)


def test_a_curve_is_a_line_between_its_points_and_grows_in_proportion_beyond() -> None:
    curve = Curve((10.0, 1000.0), (1.0, 100.0))
    assert curve.at(100) == pytest.approx(10.0)
    assert curve.at(10_000) == pytest.approx(1000.0)
    assert curve.at(1) == 1.0, "a call costs what a call costs"


def test_a_surface_goes_through_its_curves() -> None:
    surface = Surface((1.0, 100.0), (Curve((1.0,), (1.0,)), Curve((1.0,), (100.0,))))
    assert surface.at(3, 1) == pytest.approx(3.0)
    assert surface.at(3, 10) == pytest.approx(30.0)


@pytest.mark.parametrize("name", ["MHA tied", "GPT-2"])
def test_a_step_of_several_micro_batches_is_their_sum_and_one_optimizer_step(name: str) -> None:
    speed, spec = measured_machine().speeds["fp32"], EVERY_SPEC[name].resolve()
    one, four = (
        step_seconds(spec, Shape(2, 64), speed, num_micro_batches=count) for count in (1, 4)
    )
    assert four.products == pytest.approx(4 * one.products)
    assert four.optimizer < 4 * one.optimizer
    assert one.total == pytest.approx(sum(vars(one).values()))


def test_documents_that_do_not_see_each_other_cost_less_attention_than_whole_rows() -> None:
    speed = measured_machine().speeds["fp32"]
    attention = speed.surfaces["attention"]
    quadratic = Curve((16.0, 256.0), (1e-6, 256e-6))
    speed.surfaces["attention"] = Surface((attention.second[0],), (quadratic,))
    spec = EVERY_SPEC["MHA tied"].resolve()
    whole, short = (
        step_seconds(spec, Shape(2, 128), speed, document_length=length) for length in (0, 16)
    )
    assert short.attention < whole.attention / 2


def test_threads_share_all_but_a_fixed_part() -> None:
    machine = measured_machine()
    assert threads_speedup(machine, 1) == 1.0
    assert threads_speedup(machine, 4) == pytest.approx(2.0)
    assert 1.0 < threads_speedup(machine, 2) < 2.0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format_version": 2}', '{"format_version": 2, "speeds": 7}']
)
def test_a_torn_calibration_is_no_calibration(text: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    assert read_calibration(path) is None


def test_a_curve_of_no_or_endless_time_is_no_calibration(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    for bad in (0.0, -1.0):
        data = measured_machine().as_dict()
        data["speeds"]["fp32"]["curves"]["rmsnorm"]["seconds"] = [bad]
        path.write_text(json.dumps(data))
        assert read_calibration(path) is None
    path.write_text(json.dumps(measured_machine().as_dict()))
    assert read_calibration(path) == measured_machine()


def test_calibration_measures_writes_and_reads_back(tmp_path: Path) -> None:
    threads, path = torch.get_num_threads(), tmp_path / "cache" / "calibration.json"
    measured = calibrate(path, sizes=FEW, slow_sizes=FEW)
    assert read_calibration(path) == measured
    assert torch.get_num_threads() == threads
    small, large = (measured.speeds["fp32"].surfaces["product"].at(n, 16) for n in (64, 1024))
    assert 0 < small < large
    assert measured.process_bytes > 100_000_000
    plan = plan_training(
        PlanSpec(device="cpu", precision="fp16", model=EVERY_SPEC["MHA tied"]), calibration=measured
    )
    assert plan.time.is_measured, "also in fp16, which a processor may be dozens of times slower at"
    assert plan.time.parts is not None


@pytest.mark.slow
def test_the_verb_keeps_the_measurement_for_the_planner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAINYARD_HOME", str(tmp_path / "home"))
    (tmp_path / "spec.yaml").write_text("device: cpu")
    assert main(["calibrate", str(tmp_path / "spec.yaml"), "--out", str(tmp_path / "job")]) == 0
    assert read_calibration(calibration_file()) is not None
    (tmp_path / "plan.yaml").write_text("{device: cpu, precision: fp32}")
    assert main(["plan", str(tmp_path / "plan.yaml"), "--out", str(tmp_path / "plan")]) == 0
    assert "guessed" not in capsys.readouterr().out
    assert json.loads((tmp_path / "plan" / "plan.json").read_text())["time"]["is_measured"]
