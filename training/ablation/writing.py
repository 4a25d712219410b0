"""The verb ``ablation``: settings of every run as files, the verdict's, and a script that runs all.

What stands in the folder afterwards needs neither the dashboard nor this verb: ``sh run.sh`` trains
every variant under every seed and judges them.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import training
from training.ablation.experiments import Experiment, Variant
from training.ablation.variants import PlannedRun, PlannedVariant, plan_variants, runs_of
from training.errors import DataError
from training.events import EventKind
from training.folder.atomic import read_json, write_bytes
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.planning.plan import plan_training
from training.planning.speed import calibration_file, read_calibration
from training.registry.experiments import EXPERIMENTS
from training.specs.ablation import AblationSpec, Match
from training.specs.reading import load_yaml
from training.specs.train import TrainSpec
from training.specs.writing import write_yaml
from training.tokens.seen.runs import job_folder_of
from training.units import format_count, format_seconds

_STORE = "store.json"
EVALUATIONS, MEASURED = "evaluations", "measured"
#: Before each question of a benchmark.
NUM_EXAMPLES = 5
#: The folder that holds the package.
_SOURCE_FOLDER = Path(training.__file__).resolve().parents[1]
SPECS, VERDICT, SCRIPT = "runs", "verdict.yaml", "run.sh"


def run(spec: AblationSpec, job: Job) -> None:
    """Write all files and say what will run."""
    job.events.write(EventKind.STARTED)
    settings, home = settings_of(Path(os.path.realpath(job.folder.root / spec.run)))
    if spec.num_steps:
        settings["num_steps"] = spec.num_steps
    question, variants, match, lengths = asked(spec)
    vocab_size = _vocab_size(home, settings)
    planned = plan_variants(settings, variants, match, vocab_size=vocab_size)
    runs = runs_of(planned, spec.num_seeds)
    root, slugs = job.folder.root, _slugs(runs)
    (root / SPECS).mkdir(exist_ok=True)
    for one in runs:
        text = write_yaml(_moved(one.spec, home, root / SPECS))
        write_bytes(root / SPECS / f"{slugs[one]}.yaml", text.encode())
    judged = [
        {"variant": one.variant, "seed": one.seed, "path": f"out/{name}"}
        for one, name in slugs.items()
    ]
    if spec.benchmark:
        benchmark = Path(os.path.realpath(root / spec.benchmark))
        for row, name in zip(judged, slugs.values(), strict=True):
            _write_evaluation(root, name, benchmark)
            row["evaluation"] = f"{MEASURED}/{name}/output"
    body = {"question": question, "runs": judged, "lengths": list(lengths)}
    write_bytes(root / VERDICT, write_yaml(body).encode())
    write_bytes(
        root / SCRIPT, script_of([*slugs.values()], is_measured=bool(spec.benchmark)).encode()
    )
    sys.stdout.write(_told(planned, runs, vocab_size, root))
    job.events.write(EventKind.FINISHED)


def asked(spec: AblationSpec) -> tuple[str, list[Variant], Match, tuple[int, ...]]:
    """The question, its variants, what is held equal, and lengths."""
    if spec.variants:
        own = [Variant(one.name, one.changes) for one in spec.variants]
        return "", own, spec.match, ()
    experiment: Experiment = EXPERIMENTS[spec.experiment].load()
    match = experiment.match if spec.match == Match.AUTO else spec.match
    return EXPERIMENTS[spec.experiment].title, [*experiment.variants], match, experiment.lengths


def settings_of(path: Path) -> tuple[dict[str, Any], Path]:
    """Plain settings of a training and the folder to which their paths are relative."""
    if path.is_file():
        data = load_yaml(path)
        is_whole = isinstance(data, dict) and data.keys() == {"verb", "spec"}
        found = data["spec"] if is_whole and isinstance(data, dict) else data
        if not isinstance(found, dict):
            raise DataError(f"{path.name} holds no settings.", advice="Name a train spec.")
        return dict(found), path.parent
    folder: JobFolder = job_folder_of(path)
    return dict((read_json(folder.spec) or {})["spec"]), folder.root


def script_of(names: list[str], *, is_measured: bool = False) -> str:
    """A shell script that trains what has not finished, and judges at the end.

    It runs from any folder, by the Python and the Trainyard that wrote it unless told otherwise.
    """
    python, source = shlex.quote(sys.executable), shlex.quote(str(_SOURCE_FOLDER))
    lines = [
        "#!/bin/sh",
        "# Trains every run, one after the other, and judges them. On another machine set PYTHON",
        "# to the Python there, and PYTHONPATH to the folder of Trainyard.",
        "set -e",
        'cd "$(dirname "$0")"',
        f"python=${{PYTHON:-{python}}}",
        f"export PYTHONPATH=${{PYTHONPATH:-{source}}}",
    ]
    commands = [f"train runs/{name}.yaml --out out/{name}" for name in names]
    for name in names if is_measured else []:
        commands.append(f"evaluate {EVALUATIONS}/{name}.yaml --out {MEASURED}/{name}")
    commands.append("verdict verdict.yaml --out verdict")
    lines += [f'"$python" -m training {command}' for command in commands]
    return "\n".join([*lines, ""])


def _write_evaluation(root: Path, name: str, benchmark: Path) -> None:
    """Of one model; questions that it has read are left out of every figure."""
    folder = root / EVALUATIONS
    folder.mkdir(exist_ok=True)
    body = {
        "model": f"../out/{name}/output",
        "benchmark": os.path.relpath(benchmark, os.path.realpath(folder)),
        "prompt": {"num_examples": NUM_EXAMPLES},
        "contamination": {"items": "drop"},
    }
    write_bytes(folder / f"{name}.yaml", write_yaml(body).encode())


def _moved(settings: Mapping[str, Any], home: Path, folder: Path) -> dict[str, Any]:
    def move(text: str) -> str:
        return os.path.relpath(os.path.realpath(home / text), os.path.realpath(folder))

    return TrainSpec.with_moved_inputs(dict(settings), move)


def _vocab_size(home: Path, settings: Mapping[str, Any]) -> int:
    info = read_json(Path(os.path.realpath(home / str(settings.get("tokens", "")))) / _STORE)
    size = info.get("vocab_size") if isinstance(info, dict) else 0
    return size if isinstance(size, int) else 0


def _slugs(runs: list[PlannedRun]) -> dict[PlannedRun, str]:
    """A file name for each run; variants are numbered, since two may differ in signs alone."""
    places = {name: n for n, name in enumerate(dict.fromkeys(one.variant for one in runs), start=1)}
    return {
        one: "-".join(
            filter(None, [str(places[one.variant]), _letters(one.variant), f"seed-{one.seed}"])
        )
        for one in runs
    }


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _told(
    planned: list[PlannedVariant], runs: list[PlannedRun], vocab_size: int, root: Path
) -> str:
    calibration = read_calibration(calibration_file())
    lines = []
    seconds = 0.0
    for one in planned:
        plan = plan_training(one.spec, vocab_size=vocab_size, calibration=calibration)
        number = sum(run.variant == one.name for run in runs)
        seconds += number * plan.time.seconds
        size = f"{format_count(one.num_parameters)} parameters"
        note = f"; {one.note}" if one.note else ""
        time = format_seconds(plan.time.seconds)
        lines.append(f"{one.name}: {size}, {_runs(number)} of about {time}{note}")
    lines.append(f"{_runs(len(runs))}, about {format_seconds(seconds)} one after the other")
    lines.append(f"sh {os.path.relpath(root / SCRIPT)}")
    return "\n".join([*lines, ""])


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"
