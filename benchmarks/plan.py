"""The planned time of a step against the real loop's, for ten specs that calibrating does not use.

The machine is calibrated first, then every spec trains for a few blocks of steps, in turns whose
order moves on; process CPU time, one thread, median over blocks. Goal: planned within 20 %.
Run: python -m benchmarks.plan
"""

from __future__ import annotations

import functools
import hashlib
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.step_overhead import STEPS_PER_BLOCK, Pace, Turns
from benchmarks.table import Row, print_table
from training.folder.artifact import write_artifact
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.loop.callbacks.reporter import Reporter
from training.loop.setup import prepare_run
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.parallel.calibration import calibrate
from training.parallel.world import World
from training.planning.machine import cpu_has_bf16
from training.planning.plan import plan_training
from training.specs.train import TrainSpec
from training.tokens.writer import StoreWriter

NUM_BLOCKS = 4
DOCUMENT_LENGTH = 90
GPT2 = {"position": "learned", "norm": "layernorm", "feedforward": "gelu", "has_biases": True}


@dataclass(frozen=True)
class Case:
    """A model, rows of it, and how they are trained on."""

    name: str
    model: dict[str, Any]
    num_rows: int
    num_micro: int = 1
    is_bf16: bool = False
    keeps_apart: bool = False

    @property
    def spec(self) -> dict[str, Any]:
        """As a train spec."""
        return {
            "tokens": "../tokens",
            "model": self.model,
            "num_steps": (NUM_BLOCKS + 1) * STEPS_PER_BLOCK + 1,
            "batch_size": self.num_rows * self.num_micro,
            "micro_batch_size": self.num_rows,
            "packing": {"isolation": "document" if self.keeps_apart else "none"},
            "validation": {"every_steps": 0},
            "checkpoints": {"every_steps": 0},
            "precision": "bf16" if self.is_bf16 else "fp32",
            "device": "cpu",
            "num_threads": 1,
        }


def _model(layers: int, width: int, heads: int, vocab: int, length: int, **more: Any) -> Any:
    return {
        "num_layers": layers, "width": width, "num_heads": heads, "vocab_size": vocab,
        "context_length": length, **more,
    }  # fmt: skip


CASES = [
    Case("LLaMA tiny", _model(4, 128, 4, 4096, 256), 8),
    Case("GPT-2 tiny, 2 micro-batches", _model(4, 128, 4, 4096, 256, **GPT2), 4, 2),
    Case("8.5 M, documents", _model(8, 256, 8, 8192, 256), 4, keeps_apart=True),
    Case("wide", _model(2, 512, 8, 2048, 256), 4),
    Case("deep and narrow", _model(12, 96, 6, 1024, 128), 8),
    Case("long rows, shared heads", _model(4, 192, 6, 1024, 1024, num_kv_heads=2), 2),
    Case("32 k vocabulary", _model(2, 160, 5, 32_000, 256), 4),
    Case("8.5 M bf16", _model(8, 256, 8, 8192, 256), 4, is_bf16=True),
    Case("deep and narrow bf16", _model(10, 112, 7, 3000, 192), 8, is_bf16=True),
    Case("untied GELU bf16, documents",
         _model(3, 320, 5, 6000, 192, is_tied=False, feedforward="gelu"), 4, 2,
         is_bf16=True, keeps_apart=True),
]  # fmt: skip


def rows() -> Iterator[Row]:
    """One row per spec, and the worst of them."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_store(folder / "tokens")
        calibration = calibrate(folder / "calibration.json")
        cases = [case for case in CASES if not case.is_bf16 or cpu_has_bf16()]
        measured = alternate(folder, cases)
    ratios = []
    for case in cases:
        spec = TrainSpec.parse(case.spec)
        length = DOCUMENT_LENGTH if case.keeps_apart else 0
        plan = plan_training(spec, calibration=calibration, document_length=length)
        planned, real = plan.time.seconds_per_step, statistics.median(measured[case.name])
        ratios.append(planned / real)
        yield Row(
            f"planned step, {case.name}",
            f"{planned * 1e3:.0f} ms CPU",
            f"measured {real * 1e3:.0f} ms CPU",
            f"{planned / real:.3f}",
            "0.8 to 1.2",
            0.8 <= planned / real <= 1.2,
        )
    worst = max(ratios, key=lambda ratio: abs(ratio - 1))
    count = f"{len(ratios)} specs"
    is_met = 0.8 <= worst <= 1.2
    yield Row("planned step, worst of all", "", count, f"{worst:.3f}", "0.8 to 1.2", is_met)


def alternate(folder: Path, cases: list[Case]) -> dict[str, list[float]]:
    """CPU seconds per step of every case's blocks; the first block warms up."""
    runs = {case.name: Turns(functools.partial(train, folder, case)) for case in cases}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(NUM_BLOCKS + 1):
        order = list(runs)
        shift = number % len(order)
        for name in order[shift:] + order[:shift]:
            seconds[name].append(runs[name].block() / STEPS_PER_BLOCK)
    return {name: blocks[1:] for name, blocks in seconds.items()}


def train(folder: Path, case: Case, turns: Turns) -> None:
    """The product's own loop."""
    spec = TrainSpec.parse(case.spec).resolve()
    root = folder / case.name.replace(" ", "-")
    root.mkdir()
    job = Job(JobFolder(root), verb="train", spec=spec.to_dict())
    run = prepare_run(spec, job, World(0, 1, torch.device("cpu")))
    Trainer(run, [Reporter(), Pace(turns)], StopWatch(job)).train()


def make_store(folder: Path) -> None:
    """Random tokens in documents of about ``DOCUMENT_LENGTH``."""
    random = np.random.default_rng(0)
    with (
        write_artifact(folder, "tokens") as artifact,
        StoreWriter(artifact.path, vocab_size=1024, eos_id=0) as writer,
    ):
        for split in ("train", "validation"):
            writer.start(split)
            for number in range(2_000):
                length = int(random.integers(20, 2 * DOCUMENT_LENGTH - 20))
                ids = random.integers(1, 1024, length)
                writer.add(hashlib.md5(f"{split}{number}".encode()).digest(), "random", ids)


if __name__ == "__main__":
    print_table(rows())
