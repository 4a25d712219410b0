"""Benchmarks of a run in its report: what evaluations measured, and what the run told itself.

Collected are plain rows, one for each set; drawn are a table of accuracies with their 95 %
intervals, what is known of contamination in sentences, and passkeys by length and depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.benchmarks import protocol
from training.benchmarks.answers import KEY
from training.benchmarks.evaluation import Evaluation
from training.errors import DataError
from training.folder.artifact import MANIFEST, load_manifest
from training.folder.atomic import read_json
from training.folder.layout import JobFolder, step_in
from training.report.paired import paired_table
from training.report.section import Data, Section
from training.report.tables import Table
from training.tokens.seen.runs import runs_behind

_SHADES = 5
_ROW = ("set", "items", "accuracy", "low", "high", "chance", "contaminated")


def collect_benchmarks(
    folder: JobFolder, events: Sequence[Data], evaluations: Sequence[Path]
) -> list[Data]:
    """What evaluations say, the newest model last, and what the run scored first and last.

    DataError when an evaluation is none, or measured another run's model.
    """
    found = [_of_evaluation(folder, path) for path in evaluations]
    told = [event for event in events if event["kind"] == "benchmark"]
    own = [_of_run(folder, event) for event in (told if len(told) < 2 else (told[0], told[-1]))]
    return sorted(found, key=lambda one: one["step"] or 0) + own


def _of_evaluation(folder: JobFolder, path: Path) -> Data:
    evaluation = Evaluation.open(path)
    info, spec = evaluation.info, evaluation.manifest.spec.get("spec", {})
    name = str(info["model"]["name"])
    model = (path.parent / str(spec.get("model", ""))).resolve()
    if not _is_of(folder, model, name):
        raise DataError(
            f"{path.parent.name} measured {name}, which is no model of the run {folder.root.name}.",
            advice="Name evaluations of this run's output, or of its checkpoints.",
        )
    step = step_in(name)
    return {
        "model": name,
        "step": _exported_step(model) if step is None else step,
        "benchmark": _title(path, spec),
        "protocol": protocol.words(spec.get("prompt", {})),
        "is_while_training": False,
        "sets": [{key: one[key] for key in (*_ROW, KEY) if key in one} for one in info["sets"]],
        "passkey": info["passkey"],
        "contamination": info["contamination"],
    }


def _is_of(folder: JobFolder, model: Path, name: str) -> bool:
    """By what lies there; of a model that is gone, or was moved, by its name."""
    nearest = runs_behind(model)[0].folder if model.is_dir() else None
    if nearest is not None:
        return nearest.root.resolve() == folder.root.resolve()
    return name.partition("/")[0] == folder.root.name


def _exported_step(model: Path) -> int | None:
    try:
        step = load_manifest(model).counts.get("step")
    except DataError:
        return None
    return int(step) if isinstance(step, int) else None


def _title(path: Path, spec: Data) -> str:
    """What the benchmark calls itself; "" without one, and where it is gone."""
    named = str(spec.get("benchmark") or "")
    manifest = read_json(path.parent / named / MANIFEST) if named else None
    return str(manifest.get("title") or "") if isinstance(manifest, dict) else ""


def _of_run(folder: JobFolder, event: Data) -> Data:
    stored = read_json(folder.spec)
    spec = stored.get("spec", {}) if isinstance(stored, dict) else {}
    part = spec.get("benchmarks", {})
    return {
        "model": folder.root.name,
        "step": event["step"],
        "benchmark": _title(folder.output, spec),
        "protocol": protocol.words(part.get("prompt", {})),
        "is_while_training": True,
        "sets": event["sets"],
        "passkey": [],
        "contamination": {
            "items": sum(one["items"] for one in event["sets"]),
            "too_short": 0,
            "dropped": event["contaminated"] if event["policy"] == "drop" else 0,
            **{key: event[key] for key in ("policy", "is_known", "contaminated")},
        },
    }


def benchmarks(data: Data) -> Section:
    """The section; empty where nothing was measured."""
    measured = data.get("benchmarks") or []
    told = dict.fromkeys(
        _contamination(one) for one in measured if one["contamination"] is not None
    )
    pairs = paired_table(data.get("benchmarks_paired") or [])
    tables = [_accuracies(measured), pairs, *(_recall(one) for one in measured if one["passkey"])]
    return Section("Benchmarks", list(told), [table for table in tables if table.rows])


def _accuracies(measured: Sequence[Data]) -> Table:
    rows = [
        (
            f"{one['benchmark']}: {row['set']}" if one["benchmark"] else str(row["set"]),
            one["protocol"],
            "" if one["step"] is None else f"{one['step']:,}",
            f"{row['items']:,}",
            f"{100 * row['accuracy']:.1f}",
            f"{100 * row['low']:.1f} to {100 * row['high']:.1f}",
            f"{100 * row['chance']:.1f}" if row["chance"] else "–",
            _state(one, row) + (", while it trained" if one["is_while_training"] else ""),
        )
        for one in measured
        for row in one["sets"]
    ]
    columns = (
        "benchmark", "asked", "step", "items", "accuracy, %", "95 % interval", "chance",
        "read in training",
    )  # fmt: skip
    return Table("Accuracy", columns, rows, (2, 3, 4, 5, 6))


def _state(one: Data, row: Data) -> str:
    known = one["contamination"]
    if row["contaminated"]:
        return f"{row['contaminated']:,} items"
    if known is None or not known["is_known"]:
        return "not known"
    return "left out" if known["dropped"] else "none found"


def _contamination(one: Data) -> str:
    """What is known of the items of one measurement, as a sentence."""
    known, name = one["contamination"], one["benchmark"] or _sets(one)
    where = "in the texts that the model was trained on"
    if not known["is_known"]:
        return f"{name}: whether its items stand {where} is not known for all of these texts."
    if not known["contaminated"]:
        return f"{name}: none of its {known['items']:,} items was found {where}."
    what = "are left out of every figure" if known["dropped"] else "are scored all the same"
    return f"{name}: {known['contaminated']:,} items stand {where}, and {what}."


def _sets(one: Data) -> str:
    """What is measured, where the benchmark has no name of its own."""
    return ", ".join(str(row["set"]) for row in one["sets"]) or "The benchmark"


def _recall(one: Data) -> Table:
    """A row for each length, a column for each depth, in percent."""
    cells = {(cell["length"], cell["depth"]): cell for cell in one["passkey"]}
    lengths, depths = (sorted({key[place] for key in cells}) for place in (0, 1))
    grid = [[cells.get((length, depth)) for depth in depths] for length in lengths]
    rows = [
        (f"{length:,}", *("–" if cell is None else f"{100 * cell['accuracy']:.0f}" for cell in row))
        for length, row in zip(lengths, grid, strict=True)
    ]
    heat = [
        tuple(0 if cell is None else round(_SHADES * cell["accuracy"]) for cell in row)
        for row in grid
    ]
    step = "" if one["step"] is None else f", step {one['step']:,}"
    keys = one["passkey"][0]["numbers"]
    caption = f"Passkeys found, in percent of {keys:,} a cell, by length and depth{step}"
    columns = ("tokens", *(f"depth {100 * depth:.0f} %" for depth in depths))
    return Table(caption, columns, rows, tuple(range(len(columns))), heat)


def model_index_results(data: Data, step: int | None) -> list[Data]:
    """Accuracies of the exported weights, as the Hub's ``model-index`` has them."""
    return [
        {
            "task": {"type": "multiple-choice", "name": f"Benchmark, {one['protocol']}"},
            "dataset": {"type": "own", "name": str(row["set"])},
            "metrics": [
                {"type": "accuracy", "name": "accuracy", "value": round(row["accuracy"], 6)}
            ],
        }
        for one in data.get("benchmarks") or []
        if one["step"] == step
        for row in one["sets"]
    ]
