"""From a run to a verdict without the web: the settings, the runs, the lengths, the sentences."""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.loop.tiny import make_store, spec_data
from tests.training.refusals import Attempt
from training.ablation.experiments import Variant
from training.ablation.variants import plan_variants, runs_of
from training.ablation.writing import script_of
from training.cli import main
from training.errors import ExitCode, SpecError
from training.planning.params import count_parameters
from training.registry.experiments import EXPERIMENTS
from training.specs.ablation import Match
from training.specs.train import TrainSpec


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("tokens") / "output")


def run_spec(store: Path, **changes: Any) -> dict[str, Any]:
    spec = spec_data(store, num_steps=12, num_threads=1, **changes)
    spec["validation"] = {"every_steps": 4}
    spec["samples"] = {"prompts": []}
    return spec


def write(path: Path, data: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data))
    return path


def test_a_question_becomes_runs_and_runs_become_a_verdict(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "run.yaml", run_spec(store))
    asked = {"run": "run.yaml", "experiment": "positions", "num_seeds": 2}
    spec = write(tmp_path / "ablation.yaml", asked)
    assert main(["ablation", str(spec), "--out", str(tmp_path / "asked")]) == 0
    told = capsys.readouterr().out
    assert "6 runs, about" in told
    script = (tmp_path / "asked" / "run.sh").read_text().splitlines()
    commands = [line.split()[3:] for line in script if " -m training " in line]
    assert len(commands) == 7
    for verb, file, out, folder in commands:
        root = tmp_path / "asked"
        assert main([verb, str(root / file), out, str(root / folder)]) == 0, (verb, file)
    output = tmp_path / "asked" / "verdict" / "output"
    verdict = json.loads((output / "verdict.json").read_text())
    assert [one["name"] for one in verdict["variants"]] == ["RoPE", "Learned", "ALiBi"]
    rope, learned, alibi = (one["cells"] for one in verdict["variants"])
    assert [one["seeds"] for one in verdict["variants"]] == [[0, 1]] * 3
    assert verdict["num_open"] == 0
    for key in ("loss", "fluctuation", "loss_at_length:1"):
        assert all(cells[key]["value"]["number"] == 2 for cells in (rope, learned, alibi)), key
    assert alibi["loss_at_length:4"]["value"]["mean"] > 0
    assert learned["loss_at_length:4"]["value"] is None, "its positions end at the context"
    difference = alibi["loss"]["against"]["mean"]
    means = [cells["loss"]["value"]["mean"] for cells in (alibi, rope)]
    assert difference == pytest.approx(means[0] - means[1])
    page = (output / "verdict.html").read_text()
    assert "Validation loss by tokens" in page
    assert alibi["loss"]["sentence"] in (output / "verdict.md").read_text().replace("\\", "")


def test_a_benchmark_gives_an_evaluation_of_every_model(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"question": f"Which of these follows {n}?", "choices": ["abc", "xyz"], "answer": 0}
        for n in range(8)
    ]
    (tmp_path / "quiz.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    quiz = write(tmp_path / "quiz.yaml", {"inputs": [{"path": "quiz.jsonl"}]})
    assert main(["benchmark", str(quiz), "--out", str(tmp_path / "quiz")]) == 0
    write(tmp_path / "run.yaml", run_spec(store))
    asked = {"run": "run.yaml", "experiment": "packing", "num_seeds": 1}
    spec = write(tmp_path / "ablation.yaml", asked | {"benchmark": "quiz/output"})
    root = tmp_path / "asked"
    assert main(["ablation", str(spec), "--out", str(root)]) == 0
    script = (root / "run.sh").read_text().splitlines()
    commands = [line.split()[3:] for line in script if " -m training " in line]
    assert [one[0] for one in commands] == ["train"] * 2 + ["evaluate"] * 2 + ["verdict"]
    for verb, file, out, folder in commands:
        code = main([verb, str(root / file), out, str(root / folder)])
        assert code == 0, (verb, capsys.readouterr().err)
    verdict = json.loads((root / "verdict" / "output" / "verdict.json").read_text())
    (key,) = [one["key"] for one in verdict["measures"] if one["key"].startswith("score:")]
    cells = [one["cells"][key] for one in verdict["variants"]]
    assert all(0 <= cell["value"]["mean"] <= 1 for cell in cells)
    assert "nobody can tell whether that is noise" in cells[1]["sentence"]


def test_the_script_runs_from_any_folder_without_an_installed_package(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "it's here", tmp_path / "elsewhere"
    for one in (folder, elsewhere):
        one.mkdir()
    (folder / "run.sh").write_text(script_of([]))
    write(folder / "verdict.yaml", {"runs": 7})
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        ["sh", str(folder / "run.sh")], cwd=elsewhere, env=kept, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "runs: " in done.stderr


def test_equal_parameters_are_equal_and_the_width_is_told() -> None:
    experiment = EXPERIMENTS["activation"].load()
    run = {
        "tokens": "x",
        "model": {"num_layers": 6, "width": 288, "num_heads": 6, "feedforward_width": 800},
    }
    swiglu, relu = plan_variants(run, experiment.variants, Match.PARAMETERS, vocab_size=4096)
    # three matrices of 800 are two of 1,200
    assert relu.note == "feed-forward 800 → 1,200, for equal parameters"
    count = count_parameters(relu.spec.model.replace(vocab_size=4096)).total
    assert count == relu.num_parameters
    # F is a multiple of 8, so 2 x 6 x 288 x 4 parameters is the most they can differ
    assert abs(relu.num_parameters - swiglu.num_parameters) <= 2 * 6 * 288 * 4
    at_width = plan_variants(run, experiment.variants, Match.WIDTH, vocab_size=4096)
    assert at_width[1].spec.model.feedforward_width == 800
    assert "% parameters" in at_width[1].note


def test_runs_share_everything_but_the_change_and_the_seed() -> None:
    run = {"tokens": "x", "seed": 7, "validation": {"patience": 3}, "num_steps": 200}
    variants = EXPERIMENTS["norm"].load().variants
    runs = runs_of(plan_variants(run, variants, Match.WIDTH), 2)
    assert [(one.variant, one.seed) for one in runs] == [
        ("RMSNorm", 7), ("LayerNorm", 7), ("RMSNorm", 8), ("LayerNorm", 8),
    ]  # fmt: skip
    first, second = runs[0].spec, runs[1].spec
    assert first["validation"]["patience"] == 0
    assert first["validation"]["every_steps"] == 20
    assert {key for key in first if first[key] != second[key]} == {"model"}
    different = {k for k in first["model"] if first["model"][k] != second["model"][k]}
    assert different == {"norm"}


def test_what_cannot_be_compared_is_refused_with_its_name(attempt: Attempt) -> None:
    with pytest.raises(SpecError, match="Seven: heads must divide"):
        plan_variants(
            {"tokens": "x"}, [Variant("As it is"), Variant("Seven", {"model.num_heads": 7})],
            Match.WIDTH,
        )  # fmt: skip
    with pytest.raises(SpecError, match="is there twice"):
        plan_variants({"tokens": "x"}, [Variant("A"), Variant("A")], Match.WIDTH)
    told = attempt("ablation", {"run": "nowhere", "experiment": "norm"}, ExitCode.DATA)
    assert "is not a training run" in told
    assert "two or more" in attempt("ablation", {"run": "x"}, ExitCode.SPEC)
    twice = {"runs": [{"variant": "A", "path": "x"}, {"variant": "A", "path": "y"}]}
    told = attempt("verdict", twice, ExitCode.SPEC)
    assert "there is one variant alone" in told
    assert "is there twice" in told


def test_every_question_fits_an_ordinary_run() -> None:
    for name, row in EXPERIMENTS.items():
        experiment = row.load()
        planned = plan_variants({"tokens": "x"}, experiment.variants, experiment.match)
        assert len(planned) >= 2, name
        assert experiment.question
        assert all(isinstance(one.spec, TrainSpec) for one in planned)
        assert math.isfinite(planned[0].num_parameters)
