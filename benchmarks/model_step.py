"""Forward and backward pass of an 8.5 M LLaMA: ours against transformers', on the same weights.

One thread, alternating, process CPU time. Run: python -m benchmarks.model_step
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM

from benchmarks.table import Row, bootstrap_interval, print_table
from training.export.folder import HEAD
from training.export.native.llama import Llama
from training.model.building import build_model
from training.planning.flops import count_flops
from training.planning.machine import cpu_has_bf16
from training.specs.model import ModelSpec

SPEC = ModelSpec(num_layers=8, width=256, num_heads=8, context_length=256, vocab_size=8192)
NUM_ROWS = 4
NUM_ROUNDS = 12


def rows() -> Iterator[Row]:
    """One row per precision that this CPU has instructions for."""
    torch.set_num_threads(1)
    spec = SPEC.resolve()
    ours = build_model(spec, seed=0).train()
    theirs = LlamaForCausalLM(Llama().config(spec)).train()
    state = {name: tensor.clone() for name, tensor in ours.state_dict().items() if name != HEAD}
    theirs.load_state_dict(state, strict=False)
    theirs.tie_weights()
    flops = count_flops(spec).training_full * NUM_ROWS * spec.context_length
    for precision in ("fp32", "bf16") if cpu_has_bf16() else ("fp32",):
        mine, peer = alternate(ours, theirs, is_bf16=precision == "bf16")
        middle, low, high = bootstrap_interval(peer, mine)
        speed = f"{flops / min(mine) / 1e9:.0f} GFLOP/s"
        yield Row(
            f"model forward + backward {precision}, {speed}",
            f"{min(mine) * 1e3:.0f} ms CPU",
            f"transformers {min(peer) * 1e3:.0f} ms CPU",
            f"{middle:.3f} [{low:.3f}, {high:.3f}]",
        )


def alternate(
    ours: nn.Module, theirs: nn.Module, *, is_bf16: bool
) -> tuple[list[float], list[float]]:
    """CPU seconds of each model's steps, in turns whose order swaps."""
    tokens = torch.randint(8192, (NUM_ROWS, 256), generator=torch.Generator().manual_seed(0))
    seconds: dict[nn.Module, list[float]] = {ours: [], theirs: []}
    for turn in range(NUM_ROUNDS + 1):
        for model in (ours, theirs) if turn % 2 else (theirs, ours):
            seconds[model].append(step_seconds(model, tokens, is_bf16=is_bf16))
    return seconds[ours][1:], seconds[theirs][1:]


def step_seconds(model: nn.Module, tokens: torch.Tensor, *, is_bf16: bool) -> float:
    """One forward and backward pass."""
    started = time.process_time()
    with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
        logits = model(input_ids=tokens, use_cache=False).logits
        loss = cross_entropy(logits.flatten(0, 1).float(), tokens.flatten())
    loss.backward()
    seconds = time.process_time() - started
    model.zero_grad(set_to_none=True)
    return seconds


if __name__ == "__main__":
    print_table(rows())
