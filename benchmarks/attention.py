"""Document-isolated attention on CPU: pieces against one dense mask and against leaking causal;
and causal attention in bf16 against torch's own kernel in bf16 and in fp32.

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
from torch.nn.functional import scaled_dot_product_attention

from training.model.backends.base import Attend
from training.model.backends.choice import backend
from training.model.backends.sdpa import attend_causally
from training.model.masks import Documents

NUM_RUNS = 8
#: (rows, tokens per row, mean document length)
CASES = ((4, 256, 64), (16, 256, 15), (4, 1024, 250), (4, 1024, 20))
#: (rows, tokens per row) of the bf16 comparison
HALF_CASES = ((32, 32), (16, 64), (8, 128), (4, 256), (4, 1024))


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
    for num_rows, num_tokens in HALF_CASES:
        compare_half_precision(num_rows, num_tokens)


def compare_half_precision(num_rows: int, num_tokens: int) -> None:
    """Ours in bf16 against torch's kernel in bf16 and in fp32."""
    shape = (num_rows, num_tokens, 8, 32)
    half = [torch.randn(shape).bfloat16().requires_grad_() for _ in range(3)]
    single = [torch.randn(shape, requires_grad=True) for _ in range(3)]
    weight = torch.randn(num_rows, 8, num_tokens, 32)
    ours = best_seconds(partial(step, attend_causally, half, weight.bfloat16()))
    torch_half = best_seconds(partial(step, torch_kernel, half, weight.bfloat16()))
    torch_single = best_seconds(partial(step, torch_kernel, single, weight))
    print(
        f"attention bf16 B{num_rows} T{num_tokens}: ours {ours * 1e3:.1f} ms, torch bf16 "
        f"{torch_half * 1e3:.1f} ms (ratio {torch_half / ours:.2f}), torch fp32 "
        f"{torch_single * 1e3:.1f} ms (ratio {torch_single / ours:.2f})"
    )


def torch_kernel(query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
    """Causal attention as torch has it."""
    return scaled_dot_product_attention(query, key, value, dropout_p=dropout, is_causal=True)


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
