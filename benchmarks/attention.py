"""Document-isolated attention on CPU: pieces against one dense mask and against leaking causal.

Forward and backward pass of one attention, 8 heads of 32, one thread, process CPU time, best of
several. Run: python -m benchmarks.attention
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from training.model.backends.base import Attend
from training.model.backends.choice import backend
from training.model.backends.sdpa import attend_causally
from training.model.masks import Documents

NUM_RUNS = 8
#: (rows, tokens per row, mean document length)
CASES = ((4, 256, 64), (16, 256, 15), (4, 1024, 250), (4, 1024, 20))


def main() -> None:
    """Print one row per shape."""
    torch.set_num_threads(1)
    for num_rows, num_tokens, mean in CASES:
        documents = random_documents(num_rows, num_tokens, mean)
        heads = [torch.randn(num_rows, num_tokens, 8, 32, requires_grad=True) for _ in range(3)]
        weight = torch.randn(num_rows, 8, num_tokens, 32)
        pieces, dense, leaking = (
            best_seconds(partial(step, attend, heads, weight))
            for attend in (
                backend("per_document").prepare(documents),
                backend("dense").prepare(documents),
                attend_causally,
            )
        )
        print(
            f"attention B{num_rows} T{num_tokens}, documents of {mean}: per_document "
            f"{pieces * 1e3:.1f} ms, dense {dense * 1e3:.1f} ms (ratio {dense / pieces:.2f}), "
            f"leaking causal {leaking * 1e3:.1f} ms (ratio {leaking / pieces:.2f})"
        )


def step(attend: Attend, heads: list[Tensor], weight: Tensor) -> None:
    """One forward and backward pass from [B, T, H, E], as projections leave it."""
    query, key, value = (tensor.transpose(1, 2) for tensor in heads)
    (attend(query, key, value, 0.0) * weight).sum().backward()


def best_seconds(run: Callable[[], None]) -> float:
    """Least CPU time of several runs after one to warm up."""
    run()
    seconds = []
    for _ in range(NUM_RUNS):
        started = time.process_time()
        run()
        seconds.append(time.process_time() - started)
    return min(seconds)


def random_documents(num_rows: int, num_tokens: int, mean: int) -> Documents:
    """Rows filled with documents of exponentially distributed lengths."""
    source, rows = random.Random(0), []
    for _ in range(num_rows):
        lengths: list[int] = []
        while (left := num_tokens - sum(lengths)) > 0:
            lengths.append(min(left, 1 + int(source.expovariate(1 / mean))))
        rows.append(lengths)
    return Documents.of_lengths(rows)


if __name__ == "__main__":
    main()
