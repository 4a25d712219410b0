"""The verb ``demo``: text found on this machine becomes a trained model and a report, no web.

Each step of the recipe runs in a folder of its own below the demo's, in this process, through
the same boundary as the command line. Nothing is remembered between steps but folders.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.cli import run_verb
from training.errors import TrainyardError
from training.events import all_events
from training.folder.atomic import read_json, write_json
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.recipes import Step, small_run
from training.registry import VERBS, perplexity_kind
from training.specs.demo import DemoSpec
from training.units import format_seconds, perplexity

_REPORTS = ("report.html", "report.md", "report.json")
#: The spec of a step as the demo writes it; the step's own spec.json is the resolved one.
_ASKED = "asked.json"


def run(spec: DemoSpec, job: Job) -> None:
    """Run the recipe from its beginning; leaves report.html and report.json in the folder."""
    root, started = job.folder.root, time.monotonic()
    steps = [_with_length(step, spec.num_steps) for step in small_run({"builtin": "cpython"})]
    _clear(root, steps)
    folders: list[Path] = []
    for folder in run_steps(steps, root):
        folders.append(folder)
        job.progress(len(folders), len(steps), "steps")
    for name in _REPORTS:
        shutil.copyfile(folders[-1] / "output" / name, root / name)
    for sample in _last_samples(folders[-2]):
        _say(f"\n  {sample['prompt']}|{sample['text']}")
    seconds = format_seconds(time.monotonic() - started)
    _say(f"\nDone in {seconds}. The report: {os.path.relpath(root / 'report.html')}")


def run_steps(steps: Sequence[Step], root: Path) -> Iterator[Path]:
    """Run a chain in this process, a folder below ``root`` for each step; yields them as done.

    Raises TrainyardError with the step's own sentence when one fails.
    """
    folders: list[Path] = []
    for number, step in enumerate(steps, start=1):
        folder = root / _name(number, step)
        _say(f"{step.title} ...")
        began = time.monotonic()
        _run_step(step, _with_paths(step, folders, folder), folder)
        folders.append(folder)
        _say(f"  {_figures(folder)} ({format_seconds(time.monotonic() - began)})")
        yield folder


def _name(number: int, step: Step) -> str:
    return f"{number}-{step.verb}"


def _clear(root: Path, steps: Sequence[Step]) -> None:
    """Take away an earlier demo: its model would not be of the text that is read now."""
    for number, step in enumerate(steps, start=1):
        folder = root / _name(number, step)
        if (folder / _ASKED).exists():
            _say(f"Removing {folder.name} of an earlier demo.")
            shutil.rmtree(folder)
    for name in _REPORTS:
        (root / name).unlink(missing_ok=True)


def _with_length(step: Step, num_steps: int) -> Step:
    """The training step as long as it was asked for, with a tenth of warm-up."""
    if step.verb != "train":
        return step
    schedule = {"warmup_steps": min(30, num_steps // 10)}
    return replace(step, spec={**step.spec, "num_steps": num_steps, "schedule": schedule})


def _run_step(step: Step, data: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    spec_file = folder / _ASKED
    write_json(spec_file, data)
    code = run_verb(step.verb, spec_file, folder)
    if code:
        error = read_json(JobFolder(folder).error(0)) or {}
        raise TrainyardError(
            f"The step {step.verb!r} of the demo failed: {error.get('message', f'code {code}')}",
            advice=str(error.get("advice", "")),
        )


def _with_paths(step: Step, folders: list[Path], folder: Path) -> dict[str, Any]:
    """The step's spec with ``step:<n>`` turned into a path relative to its folder."""

    def path(text: str) -> str:
        scheme, _, number = text.partition(":")
        if scheme != "step":
            return text
        return os.path.relpath(folders[int(number)] / "output", folder)

    data: dict[str, Any] = VERBS[step.verb].load_spec().with_moved_inputs(step.spec, path)
    return data


def _figures(folder: Path) -> str:
    """What a step made, in a few numbers."""
    manifest = read_json(folder / "output" / "manifest.json") or {}
    counts = manifest.get("counts", {})
    loss = counts.get("validation_loss")
    if manifest.get("kind") == "model" and loss is not None:
        has_one = perplexity_kind(manifest.get("spec", {}).get("spec", {})) is not None
        exponential = f" (perplexity {perplexity(loss):.1f})" if has_one else ""
        return (
            f"{counts['num_parameters']:,} parameters, {counts['num_tokens']:,} tokens, "
            f"validation loss {loss:.3f}{exponential}"
        )
    shown = [
        f"{name.removeprefix('num_').replace('_', ' ')} {value:,}"
        for name, value in counts.items()
        if isinstance(value, int) and not isinstance(value, bool)
    ]
    return ", ".join(shown[:4])


def _last_samples(folder: Path) -> list[dict[str, Any]]:
    samples = [e for e in all_events(JobFolder(folder).events) if e["kind"] == "sample"]
    return [sample for sample in samples if sample["step"] == samples[-1]["step"]]


def _say(text: str) -> None:
    print(text, flush=True)
