"""What the loop costs: ours against a bare torch loop and the HF Trainer, same 8.5 M LLaMA.

Three contestants in one process take turns, a block of steps each; process CPU time, one thread.
Ours is the whole product: order, gather, metrics, events, stop file. The bare loop is forward,
backward, clip, fused AdamW on transformers' LlamaForCausalLM; the Trainer runs with its defaults.
What the product tells the C library about freed memory holds for the process: it serves all three.
Goals: fp32 at least 0.98 of bare; bf16 at least 1.8 times the Trainer's fp32 default where the
CPU has bf16 instructions. Run: python -m benchmarks.step_overhead
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import LlamaForCausalLM, TrainerCallback, TrainingArguments
from transformers import Trainer as HFTrainer

from benchmarks.table import Row, bootstrap_interval, print_table
from training.export.native.llama import Llama
from training.folder.artifact import write_artifact
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.loop.callbacks.checkpointer import Checkpointer
from training.loop.callbacks.reporter import Reporter
from training.loop.callbacks.validator import Validator
from training.loop.run import Run, StepResult
from training.loop.setup import prepare_run
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.parallel.world import World
from training.planning.machine import cpu_has_bf16
from training.specs.model import ModelSpec
from training.specs.train import TrainSpec
from training.tokens.writer import StoreWriter

MODEL = ModelSpec(num_layers=8, width=256, num_heads=8, context_length=256, vocab_size=8_192)
NUM_ROWS, LENGTH = 4, 256
NUM_BLOCKS, STEPS_PER_BLOCK = 14, 2
NUM_STEPS = (NUM_BLOCKS + 1) * STEPS_PER_BLOCK


class Turns:
    """Runs a training loop in a thread of its own and lets it take so many steps at a time."""

    def __init__(self, loop: Callable[[Turns], None]) -> None:
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._left = 0
        self.seconds: list[float] = []
        threading.Thread(target=self._run, args=(loop,), daemon=True).start()

    def block(self) -> float:
        """CPU seconds of the next block of steps."""
        started = time.process_time()
        self._left = STEPS_PER_BLOCK
        self._go.release()
        self._done.acquire()
        return time.process_time() - started

    def step_done(self) -> None:
        """Called by the loop after every step; waits when the block is over."""
        self._left -= 1
        if self._left == 0:
            self._done.release()
            self._go.acquire()

    def _run(self, loop: Callable[[Turns], None]) -> None:
        self._go.acquire()
        loop(self)
        self._done.release()


def rows() -> Iterator[Row]:
    """fp32 against both peers; bf16 against the Trainer's default where the CPU has it."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_store(folder / "tokens")
        contestants = {
            "ours": Turns(lambda turns: run_ours(turns, folder, "fp32")),
            "bare": Turns(run_bare),
            "trainer": Turns(lambda turns: run_hf_trainer(turns, folder)),
        }
        if cpu_has_bf16():
            contestants["bf16"] = Turns(lambda turns: run_ours(turns, folder, "bf16"))
        seconds = alternate(contestants)
    yield row("step fp32 against bare torch", seconds["bare"], seconds["ours"], 0.98)
    yield row("step fp32 against HF Trainer fp32", seconds["trainer"], seconds["ours"], None)
    if "bf16" in seconds:
        yield row("step bf16 against HF Trainer fp32", seconds["trainer"], seconds["bf16"], 1.8)
    else:
        yield Row("step bf16 against HF Trainer fp32", "not run", "this CPU has no bf16", "", "1.8")


def alternate(contestants: dict[str, Turns]) -> dict[str, list[float]]:
    """CPU seconds of every block; the order turns round, the first block only warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(NUM_BLOCKS + 1):
        order = list(contestants)
        shift = number % len(order)
        for name in order[shift:] + order[:shift]:
            seconds[name].append(contestants[name].block())
    return {name: blocks[1:] for name, blocks in seconds.items()}


def row(name: str, peer: list[float], ours: list[float], goal: float | None) -> Row:
    """Speed of ours as a multiple of the peer's, with its interval."""
    middle, low, high = bootstrap_interval(peer, ours)
    per_step = 1e3 / STEPS_PER_BLOCK
    return Row(
        name,
        f"{min(ours) * per_step:.0f} ms CPU",
        f"{min(peer) * per_step:.0f} ms CPU",
        f"{middle:.3f} [{low:.3f}, {high:.3f}]",
        "" if goal is None else f">= {goal}",
        None if goal is None else middle >= goal,
    )


def make_store(folder: Path) -> None:
    """Random tokens: the arithmetic does not mind."""
    random = np.random.default_rng(0)
    with (
        write_artifact(folder, "tokens") as artifact,
        StoreWriter(artifact.path, vocab_size=MODEL.vocab_size, eos_id=0) as writer,
    ):
        for split in ("train", "validation"):
            writer.start(split)
            ids = random.integers(1, MODEL.vocab_size, 200_000)
            writer.add(hashlib.md5(split.encode()).digest(), "random", ids)


class Pace:
    """Callback of our loop that hands the turn on."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def start(self, run: Run) -> None:
        """Nothing to begin."""

    def after_step(self, run: Run, result: StepResult) -> None:
        """The step is done."""
        self._turns.step_done()

    def end(self, run: Run) -> None:
        """Nothing to end."""


def run_ours(turns: Turns, folder: Path, precision: str) -> None:
    """The product's own loop with the callbacks of the verb."""
    spec = TrainSpec.parse(
        {
            "tokens": "../tokens",
            "model": MODEL.model_dump(mode="json"),
            "num_steps": NUM_STEPS,
            "batch_size": NUM_ROWS,
            "packing": {"isolation": "none"},
            "validation": {"every_steps": 0},
            "checkpoints": {"every_steps": 0},
            "precision": precision,
            "device": "cpu",
            "num_threads": 1,
        }
    ).resolve()
    root = folder / precision
    root.mkdir()
    job = Job(JobFolder(root), verb="train", spec=spec.to_dict())
    run = prepare_run(spec, job, World(0, 1, torch.device("cpu")))
    callbacks = [Reporter(), Validator(), Pace(turns), Checkpointer()]
    Trainer(run, callbacks, StopWatch(job)).train()


def build_peer() -> LlamaForCausalLM:
    """transformers' own class at the same size."""
    torch.manual_seed(0)
    return LlamaForCausalLM(Llama().config(MODEL.resolve())).train()


def run_bare(turns: Turns) -> None:
    """The least that trains: forward, backward, clip, step."""
    model = build_peer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1, fused=True)
    generator = torch.Generator().manual_seed(0)
    for _ in range(NUM_STEPS):
        ids = torch.randint(1, MODEL.vocab_size, (NUM_ROWS, LENGTH), generator=generator)
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        turns.step_done()


def run_hf_trainer(turns: Turns, folder: Path) -> None:
    """HF Trainer with its defaults, saving and reporting turned off."""

    class PaceCallback(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            turns.step_done()

    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1, MODEL.vocab_size, (NUM_ROWS * NUM_STEPS, LENGTH), generator=generator)
    arguments = TrainingArguments(
        output_dir=str(folder / "hf"),
        per_device_train_batch_size=NUM_ROWS,
        max_steps=NUM_STEPS,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    data = [{"input_ids": row, "labels": row} for row in ids]
    HFTrainer(build_peer(), arguments, train_dataset=data, callbacks=[PaceCallback()]).train()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print_table(rows())
