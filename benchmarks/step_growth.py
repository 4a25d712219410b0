"""How the time of a step grows with context, depth, width and documents per row, against its FLOPs.

Small Llamas in fp32 that differ from one base in one thing; every one is trained by the product's
own loop on the same number of tokens per step. All are in one process, one thread, and take turns,
a block of two steps each; process CPU time. Each is set against the first of its kind: its time
over that one's, divided by the same ratio of the operations that ``training.planning.flops`` counts
(causal attention by half, that of packed documents within each). 1 grows as the count says, less
grows more slowly. Goal: at most 1.15. Beside it stands the ratio with attention counted in full.
Run: python -m benchmarks.step_growth [--blocks 10] [--axis context]
"""

from __future__ import annotations

import argparse
import functools
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.racing import alternate, num_steps_of, train
from benchmarks.step_overhead import STEPS_PER_BLOCK, Pace, Turns
from benchmarks.table import Row, bootstrap_interval, print_table
from benchmarks.training import make_store
from training.loop.callbacks.reporter import Reporter
from training.planning.flops import FlopCount, count_flops
from training.specs.model import ModelSpec

TOKENS_PER_STEP = 2048
BASE = ModelSpec(num_layers=4, width=256, num_heads=4, context_length=256, vocab_size=2_048)
HEAD_WIDTH = 64
#: Tokens of a row that documents share, and of a document where nothing is kept apart.
SHARED_LENGTH, TEXT_LENGTH = 1024, 2000
NUM_BLOCKS = 10
MOST_BEYOND = 1.15

CONTEXTS = (128, 256, 512, 1024, 2048)
DEPTHS = (2, 4, 8, 16)
WIDTHS = (128, 256, 512)
DOCUMENTS_PER_ROW = (1, 4, 16, 64)


@dataclass(frozen=True)
class Case:
    """One model on rows of its context; ``num_documents`` in each are kept apart, 0 does not."""

    axis: str
    value: int
    model: ModelSpec
    num_documents: int = 0

    @property
    def name(self) -> str:
        """As a folder's name."""
        return f"{self.axis}-{self.value}"

    @property
    def flops(self) -> FlopCount:
        """Per token; a document sees itself alone."""
        return count_flops(self.model, self.model.context_length // max(1, self.num_documents))


def cases() -> list[Case]:
    """All of them; the first of an axis is what the others are set against."""
    shared = BASE.replace(context_length=SHARED_LENGTH)
    return [
        *(Case("context", n, BASE.replace(context_length=n)) for n in CONTEXTS),
        *(Case("depth", n, BASE.replace(num_layers=n)) for n in DEPTHS),
        *(Case("width", n, BASE.replace(width=n, num_heads=n // HEAD_WIDTH)) for n in WIDTHS),
        *(Case("documents per row", n, shared, num_documents=n) for n in DOCUMENTS_PER_ROW),
    ]


def rows(num_blocks: int = NUM_BLOCKS, axis: str = "") -> Iterator[Row]:
    """One row per case, of one axis or of all."""
    torch.set_num_threads(1)
    found = [case for case in cases() if axis in ("", case.axis)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = {
            case.name: Turns(functools.partial(run, folder, case, num_blocks)) for case in found
        }
        seconds = alternate(runs, num_blocks)
    first: dict[str, Case] = {}
    for case in found:
        start = first.setdefault(case.axis, case)
        yield growth(case, start, seconds[case.name], seconds[start.name])


def growth(case: Case, start: Case, spent: list[float], spent_at_start: list[float]) -> Row:
    """Of time over that of operations."""
    predicted = case.flops.training / start.flops.training
    in_full = case.flops.training_full / start.flops.training_full
    middle, low, high = bootstrap_interval(spent, [one * predicted for one in spent_at_start])
    per_step = 1e3 / STEPS_PER_BLOCK
    grown = statistics.median(spent) / statistics.median(spent_at_start)
    return Row(
        f"{case.axis} {case.value}, {case.flops.training * TOKENS_PER_STEP / 1e9:.0f} GFLOP",
        f"{statistics.median(spent) * per_step:.0f} ms CPU",
        f"time x {grown:.2f}, operations x {predicted:.2f}",
        f"{middle:.3f} [{low:.3f}, {high:.3f}]",
        f"<= {MOST_BEYOND}; in full {middle * predicted / in_full:.3f}",
        middle <= MOST_BEYOND,
    )


def run(folder: Path, case: Case, num_blocks: int, turns: Turns) -> None:
    """The product's own loop; documents are as long as they must be to share a row evenly."""
    num_steps, context = num_steps_of(num_blocks), case.model.context_length
    size = context // case.num_documents if case.num_documents else TEXT_LENGTH
    store = folder / f"{case.name} tokens"
    make_store(store, [size] * ((num_steps + 1) * TOKENS_PER_STEP // size + 1), BASE.vocab_size)
    options = {
        "tokens": str(store),
        "model": case.model.model_dump(mode="json"),
        "num_steps": num_steps,
        "batch_size": TOKENS_PER_STEP // context,
        "packing": {"isolation": "document" if case.num_documents else "none"},
    }
    train(folder / case.name, options, [Reporter(), Pace(turns)])


def main() -> int:
    """Print the table; 1 when something grows faster than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=NUM_BLOCKS)
    parser.add_argument("--axis", choices=sorted({case.axis for case in cases()}), default="")
    asked = parser.parse_args()
    found = list(rows(asked.blocks, asked.axis))
    print_table(found)
    return 1 if any(one.is_met is False for one in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
