"""Model FLOP utilisation of one GPU: Llamas of 350 M and 1.3 B, bf16, 2k context, documents apart.

The product's own loop trains on packed documents (log-normal, median 400 tokens) that do not see
each other. Blocks of five steps are timed by the clock, the device waited for at both ends of a
block; the first two blocks warm up. Two definitions of MFU are printed:

* nominal, 6 N + 12 L H Q T per token (PaLM, appendix B; N without the token embedding where it is
  not tied): what nanochat, torchtitan and Megatron publish, attention counted in full;
* strict, as ``training.planning.flops`` counts: attention by half and within documents alone, what
  has to be computed at least.

Both over the device's dense bf16 rate by its data sheet, or ``--peak`` in TFLOP/s. Goal: nominal at
least 40 %, aim 50 %. On a machine without a GPU it says so and ends with 2; ``--device cpu --models
tiny`` tries the way itself.
Run: python -m benchmarks.gpu [--models 350m 1.3b] [--rows 32] [--blocks 6] [--option KEY=VALUE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.racing import train
from benchmarks.table import Row, print_table
from benchmarks.training import make_store
from training.loop.callbacks.reporter import Reporter
from training.loop.callbacks.spike_watch import SpikeWatch
from training.loop.run import Run, StepResult
from training.planning.flops import FORWARD_AND_BACKWARD, count_flops
from training.planning.params import count_parameters
from training.specs.model import ModelSpec
from training.tokens.store import TokenStore

VOCAB = 32_768
MODELS = {
    "350m": ModelSpec(
        num_layers=24, width=1024, num_heads=16, context_length=2048, vocab_size=VOCAB
    ),
    "1.3b": ModelSpec(
        num_layers=24, width=2048, num_heads=16, context_length=2048, vocab_size=VOCAB
    ),
    "tiny": ModelSpec(num_layers=2, width=64, num_heads=2, context_length=128, vocab_size=512),
}
#: Dense bf16 TFLOP/s by data sheet, by a part of the device's name; the longest that fits counts.
PEAKS = {
    "H100 PCIe": 756.0, "H100": 989.4, "H200": 989.4, "A100": 312.0, "L40S": 362.0, "L4": 121.0,
    "A10": 125.0, "RTX 4090": 165.2, "RTX 3090": 71.0,
}  # fmt: skip
MEDIAN_TOKENS, SPREAD, LEAST_TOKENS = 400, 1.0, 16
STEPS_PER_BLOCK, WARM_BLOCKS = 5, 2
GOAL = 0.40


class Clock:
    """Seconds by the clock of each block of steps; the device has computed all of it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._began = 0.0

    def start(self, run: Run) -> None:
        """The first block begins."""
        self._began = self._now(run)

    def after_step(self, run: Run, result: StepResult) -> None:
        """A block ends."""
        if result.step % STEPS_PER_BLOCK == 0:
            now = self._now(run)
            self.seconds.append(now - self._began)
            self._began = now

    def end(self, run: Run) -> None:
        """Nothing waits."""

    def _now(self, run: Run) -> float:
        if run.world.device.type == "cuda":
            torch.cuda.synchronize(run.world.device)
        return time.perf_counter()


def rows(asked: argparse.Namespace) -> Iterator[Row]:
    """Both definitions for each model; each is trained from its beginning."""
    for name in asked.models:
        yield from _rows(name, asked)


def _rows(name: str, asked: argparse.Namespace) -> Iterator[Row]:
    model, num_steps = MODELS[name], (asked.blocks + WARM_BLOCKS) * STEPS_PER_BLOCK
    length = model.context_length
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "tokens"
        make_store(store, _sizes((num_steps + 1) * asked.rows * length, length), model.vocab_size)
        pairs = _seen_per_token(store, length)
        options: dict[str, Any] = {
            "tokens": "../tokens",
            "model": model.model_dump(mode="json"),
            "num_steps": num_steps,
            "batch_size": asked.rows,
            "micro_batch_size": asked.micro_rows or asked.rows,
            "packing": {"way": "best_fit"},
            "precision": "bf16",
            "device": asked.device,
        }
        train(
            Path(folder) / "run", options | _more(asked.option), [Reporter(), SpikeWatch(), clock]
        )
    tokens = STEPS_PER_BLOCK * asked.rows * length
    speed = tokens / statistics.median(clock.seconds[WARM_BLOCKS:])
    peak = asked.peak or _peak(asked.device)
    for kind, operations in (("nominal", _nominal(model)), ("strict", _strict(model, pairs))):
        reached = speed * operations / 1e12
        yield Row(
            f"{name}, {kind}, {operations / 1e9:.2f} GFLOP a token",
            f"{speed:,.0f} tokens/s",
            f"{reached:.3g} of {peak:g} TFLOP/s",
            f"{100 * reached / peak:.1f} %",
            f">= {100 * GOAL:.0f} %" if kind == "nominal" else "",
            reached / peak >= GOAL if kind == "nominal" else None,
        )
    if asked.device == "cuda":
        used = torch.cuda.max_memory_allocated() / 2**30
        yield Row(f"{name}, most memory of the device", f"{used:.1f} GiB", "", "")


def _sizes(num_tokens: int, longest: int) -> list[int]:
    """Lengths of documents that fill so many tokens, at most a row each."""
    random = np.random.default_rng(0)
    drawn = random.lognormal(np.log(MEDIAN_TOKENS), SPREAD, 2 * num_tokens // LEAST_TOKENS)
    sizes = np.clip(drawn, LEAST_TOKENS, longest).astype(int)
    return [int(size) for size in sizes[: int(np.searchsorted(sizes.cumsum(), num_tokens)) + 1]]


def _seen_per_token(store: Path, length: int) -> float:
    """Mean number of tokens that one sees, itself included, where documents are kept apart."""
    opened = TokenStore.open(store)
    sizes = np.diff(opened.offsets).astype(float)
    return float(
        (np.minimum(sizes, length) * (np.minimum(sizes, length) + 1) / 2).sum() / sizes.sum()
    )


def _nominal(model: ModelSpec) -> float:
    """6 N + 12 L H Q T."""
    spec = model.resolve()
    table = 0 if spec.is_tied else spec.vocab_size * spec.width
    inner = spec.num_heads * spec.head_width
    attention = 12 * spec.num_layers * inner * spec.context_length
    return 6.0 * (count_parameters(spec).total - table) + attention


def _strict(model: ModelSpec, seen_per_token: float) -> float:
    """Products with weights, and scores and mixing of what each token sees."""
    spec = model.resolve()
    per_key = spec.num_layers * 2 * 2 * spec.num_heads * spec.head_width
    return FORWARD_AND_BACKWARD * (count_flops(spec).linear + per_key * seen_per_token)


def _peak(device: str) -> float:
    """TFLOP/s of the data sheet; SystemExit where the device is not in the table."""
    name = torch.cuda.get_device_name() if device == "cuda" else "this CPU"
    fitting = [part for part in PEAKS if part in name]
    if not fitting:
        raise SystemExit(f"The bf16 rate of {name} is not known here: give it with --peak TFLOPS.")
    return PEAKS[max(fitting, key=len)]


def _more(options: Sequence[str]) -> dict[str, Any]:
    """``KEY=VALUE`` of a spec's first level, the value in JSON."""
    pairs = (one.split("=", 1) for one in options)
    return {key: json.loads(value) for key, value in pairs}


def main() -> int:
    """Print the table; 1 when the goal is missed, 2 without a GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", choices=sorted(MODELS), default=["350m", "1.3b"])
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--micro-rows", type=int, default=0)
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--peak", type=float, default=0.0)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--option", action="append", default=[])
    asked = parser.parse_args()
    if asked.device == "cuda" and not torch.cuda.is_available():
        print("There is no GPU on this machine; nothing was measured.")
        return 2
    if not asked.peak:
        _peak(asked.device)
    found = list(rows(asked))
    print(f"device: {torch.cuda.get_device_name() if asked.device == 'cuda' else 'cpu'}")
    print_table(found)
    return 0 if all(row.is_met in (True, None) for row in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
