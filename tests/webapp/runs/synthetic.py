"""A process that writes a job folder as the training loop does, without training anything.

``python -m tests.webapp.runs.synthetic JOBDIR --steps 400 --rate 50`` writes one point per step
and series, events, a log, and "checkpoints" (a file with the metric lengths). Started again on
the same folder it rewinds to the newest of those and goes on in the next generation.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path

from training.errors import ExitCode
from training.events import EventKind, EventWriter
from training.folder.layout import JobFolder
from training.folder.series import MetricWriter

TOKENS_PER_STEP = 2_048


def loss_at(step: int, seed: int = 0) -> float:
    """A loss as a small model has it: falling, noisy, with one spike and one NaN."""
    noise = random.Random(step * 1_000 + seed).gauss(0, 0.04)
    if step == 137:
        return 8.5
    if step == 211:
        return math.nan
    return 1.35 + 6.2 * math.exp(-step / 90) + noise


def write_step(metrics: MetricWriter, step: int) -> None:
    """The points that the loop writes for one step."""
    loss = loss_at(step)
    metrics.add("train/loss", step, loss)
    metrics.add("train/gradient_norm", step, 0.4 + 3 * math.exp(-step / 60) + (step % 7) / 50)
    rate = 1e-3 * min(1.0, step / 40) * (0.55 + 0.45 * math.cos(min(1.0, step / 400) * math.pi))
    metrics.add("train/learning_rate", step, rate)
    if step % 5 == 0:
        metrics.add("train/tokens_seen", step, step * TOKENS_PER_STEP)
        metrics.add("train/tokens_per_second", step, 41_000 + 900 * math.sin(step / 15))
        metrics.add("system/memory_bytes", step, 410e6 + 20_000 * step)
    if step % 50 == 0:
        metrics.add("validation/loss", step, 1.45 + 6.1 * math.exp(-step / 95))


class Run:
    """One attempt."""

    def __init__(self, folder: JobFolder, num_steps: int, save_every: int) -> None:
        folder.root.mkdir(parents=True, exist_ok=True)
        self.save_every = save_every
        self.folder = folder
        self.num_steps = num_steps
        self.saved = folder.root / "saved.json"
        self.metrics = MetricWriter(folder.metrics)
        self.step = 0
        if self.saved.exists():
            state = json.loads(self.saved.read_text())
            self.step = state["step"]
            self.metrics.start_generation(state["lengths"])
        self.events = EventWriter(folder.events, generation=self.metrics.generation)
        kind = EventKind.RESUMED if self.step else EventKind.STARTED
        self.events.write(kind, step=self.step)

    def advance(self) -> None:
        """One step with everything it writes."""
        self.step += 1
        write_step(self.metrics, self.step)
        with self.folder.log.open("a", encoding="utf-8") as log:
            log.write(f"step {self.step}/{self.num_steps} loss {loss_at(self.step):.4f}\n")
        if self.step % 10 == 0:
            self.events.write(
                EventKind.PROGRESS,
                done=self.step,
                total=self.num_steps,
                unit="steps",
                num_tokens=self.step * TOKENS_PER_STEP,
                eta_seconds=(self.num_steps - self.step) * 0.05,
            )
        if self.step % 50 == 0:
            loss = 1.45 + 6.1 * math.exp(-self.step / 95)
            self.events.write(EventKind.VALIDATION, step=self.step, loss=loss)
        if self.step % self.save_every == 0:
            self.save()

    def save(self) -> None:
        """What a checkpoint stores about metrics."""
        state = {"step": self.step, "lengths": self.metrics.lengths()}
        temporary = self.saved.with_suffix(".tmp")
        temporary.write_text(json.dumps(state))
        temporary.replace(self.saved)
        self.events.write(EventKind.CHECKPOINT, step=self.step, num_bytes=1_234_567)

    def close(self, kind: EventKind) -> None:
        """End in order."""
        self.metrics.close()
        self.events.write(kind, step=self.step)
        self.events.close()


def main() -> int:
    """Write until done, or until asked to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--save-every", type=int, default=25)
    options = parser.parse_args()
    run = Run(JobFolder(options.folder), options.steps, options.save_every)
    started, first = time.monotonic(), run.step
    while run.step < run.num_steps and not run.folder.stop.exists():
        run.advance()
        due = started + (run.step - first) / options.rate
        time.sleep(max(0, due - time.monotonic()))
    run.close(EventKind.FINISHED if run.step == run.num_steps else EventKind.STOPPED)
    return ExitCode.OK


if __name__ == "__main__":
    raise SystemExit(main())
