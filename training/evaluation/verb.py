"""The verb ``evaluate``: a model and a benchmark in, an ``evaluation`` artifact out.

1. Items are looked for in what the model was trained on; what then is scored the spec says.
2. Each item is put to the model, and its choices are compared by their log-likelihoods.
3. Passkeys are asked for, by length and depth, when that is wanted.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from training.benchmarks.answers import KEY as KEPT
from training.benchmarks.answers import answers_by_set
from training.benchmarks.benchmark import KIND as BENCHMARK
from training.benchmarks.benchmark import Benchmark, BenchmarkItem
from training.benchmarks.evaluation import FORMAT_VERSION, INFO_FILE, KIND, write_scores
from training.benchmarks.passkey import by_length, cells, lengths_of
from training.benchmarks.passkey import told as told_cell
from training.benchmarks.prompts import chosen_items
from training.benchmarks.protocol import unusual
from training.benchmarks.results import ItemScore, by_category, by_set
from training.corpus.stopping import ends_on_stop
from training.errors import DataError
from training.evaluation.benchmark import Questions
from training.evaluation.contaminated import Found, search_runs
from training.evaluation.loading import Measured, load_measured
from training.evaluation.refusing import tell_contamination, tell_left_out
from training.folder.atomic import write_json
from training.folder.job import Job
from training.planning.machine import num_cores
from training.specs.evaluate import Contaminated, EvaluateSpec
from training.tokens.seen.runs import runs_behind

#: Positions that end with the context: a longer text has none.
_ENDING_POSITIONS = ("learned",)


def run(spec: EvaluateSpec, job: Job) -> None:
    """Measure and write; DataError when items are contaminated and that is not allowed."""
    torch.set_num_threads(spec.num_threads)
    folder = Path(os.path.realpath(job.folder.root / spec.model))
    inputs = {}
    if not (folder / "state.json").is_file():
        inputs["model"] = job.input(spec.model, "model")
    benchmark = None
    if spec.benchmark:
        inputs[BENCHMARK] = job.input(spec.benchmark, BENCHMARK)
        benchmark = Benchmark.open(inputs[BENCHMARK])
    with ends_on_stop(job):
        found, items = Found(), []
        if benchmark:
            items = benchmark.items()
            found = find_contaminated(spec, job, folder, items)
        job.phase("loading the model")
        measured = load_measured(
            job, folder, device=str(spec.device), precision=spec.precision,
            batch_tokens=spec.batch_tokens,
        )  # fmt: skip
        info: dict[str, Any] = {
            "format_version": FORMAT_VERSION,
            "model": measured.described(folder),
            "sets": [],
            "categories": [],
            "passkey": [],
            "contamination": None,
        }
        with job.write_output(KIND, inputs=inputs) as artifact:
            if items:
                info |= _score_items(spec, job, measured, items, found, artifact.path)
            if spec.passkey.is_on:
                info["passkey"] = _recall(spec, job, measured)
            write_json(artifact.path / INFO_FILE, info)
            artifact.counts.update(_counts(info, spec))


def find_contaminated(
    spec: EvaluateSpec, job: Job, folder: Path, items: Sequence[BenchmarkItem]
) -> Found:
    """Look for the items that are to be scored; DataError when some are found and none may be."""
    chosen = chosen_items(items, spec.prompt)
    tell_left_out(job, items, chosen)
    job.phase("looking for items in the training texts")
    found = search_runs(items, chosen, runs_behind(folder), spec.contamination, job, num_cores())
    tell_contamination(job, found, chosen, spec.contamination.items)
    return found


def _score_items(
    spec: EvaluateSpec, job: Job, measured: Measured, items: Sequence[BenchmarkItem], found: Found,
    out: Path,
) -> dict[str, Any]:  # fmt: skip
    job.phase("scoring items")
    is_dropping = spec.contamination.items == Contaminated.DROP
    questions = Questions.of(
        items, spec.prompt, measured.encoder,
        dropped=found.shares if is_dropping else (), contaminated=found.shares,
    )  # fmt: skip
    total = len(set(questions.requests))
    scores = questions.score(
        measured.scorer, lambda done: job.progress(done, total, "texts scored")
    )
    _tell_cut(job, scores)
    way = spec.prompt.normalisation
    prompts = [asked.prompt for asked in questions.asked]
    write_scores(out, scores, prompts, way)
    results = by_set(scores, way)
    answers = answers_by_set(
        (prompt, score.item, bool(score.is_right(way)))
        for prompt, score in zip(prompts, scores, strict=True)
    )
    chosen = chosen_items(items, spec.prompt)
    dropped = len(found.shares) if is_dropping else 0
    return {
        "sets": [{**result.told(), KEPT: answers[result.name].told()} for result in results],
        "categories": [row for result in results for row in by_category(result)],
        "contamination": {
            **found.told(chosen), "policy": str(spec.contamination.items), "dropped": dropped,
        },
    }  # fmt: skip


def _tell_cut(job: Job, scores: Sequence[ItemScore]) -> None:
    cut = [score for score in scores if score.num_cut]
    if cut:
        most = max(score.num_cut for score in cut)
        job.warn(
            f"{len(cut):,} of {len(scores):,} prompts are longer than the model's context; up to "
            f"{most:,} tokens at their start were left out. Fewer examples are shorter."
        )


def _recall(spec: EvaluateSpec, job: Job, measured: Measured) -> list[dict[str, Any]]:
    """The grid of passkeys, by length and depth."""
    job.phase("asking for passkeys")
    model, part = measured.model, spec.passkey
    lengths = lengths_of(part, model.spec.context_length, measured.encoder)
    longest = max(lengths, default=0)
    if not lengths:
        raise DataError(
            f"The model's context of {model.spec.context_length:,} tokens holds no passkey text.",
            advice="Name passkey.lengths, or evaluate a model with a longer context.",
        )
    if longest > model.spec.context_length and model.spec.position in _ENDING_POSITIONS:
        raise DataError(
            f"passkey.lengths: {longest:,} tokens are more than the {model.spec.context_length:,} "
            f"positions of the model, which has none beyond them ({model.spec.position}).",
            advice=f"Measure lengths of up to {model.spec.context_length:,}.",
        )
    scorer = measured.scorer.longer(longest)
    total, found = len(lengths) * part.num_depths, []
    for done, cell in enumerate(cells(part, lengths, measured.encoder)):
        likelihoods = scorer.score(cell.requests)
        found.append(
            told_cell(
                cell,
                [one.is_greedy for one in likelihoods],
                [one.log_likelihood for one in likelihoods],
            )
        )
        job.progress(done + 1, total, "cells")
    return found


def _counts(info: dict[str, Any], spec: EvaluateSpec) -> dict[str, Any]:
    """For the manifest: enough for a table of results without opening a file."""
    wanted = ("set", "kind", "items", "accuracy", "low", "high", "chance", "contaminated")
    counts: dict[str, Any] = {
        "model": info["model"]["name"],
        "prompt": unusual(spec.prompt.model_dump(mode="json")),
        "sets": [{name: one[name] for name in wanted} for one in info["sets"]],
    }
    if info["passkey"]:
        right = sum(cell["right"] for cell in info["passkey"])
        counts["passkey"] = right / sum(cell["numbers"] for cell in info["passkey"])
        counts["passkeys"] = by_length(info["passkey"])
    if info["contamination"]:
        counts["contaminated_items"] = info["contamination"]["contaminated"]
        counts["contamination"] = info["contamination"]["policy"]
        counts["contamination_is_known"] = info["contamination"]["is_known"]
    return counts
