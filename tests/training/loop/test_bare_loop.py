"""The whole loop against transformers: same weights, same rows, a few AdamW steps, same result.

The bare loop is what a reader would write: transformers' class, its own loss, torch's clip and
AdamW with decay on matrices only. Ours cuts the batch into micro-batches and the loss into pieces.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import LlamaForCausalLM

from tests.training.loop.tiny import VOCAB_SIZE, make_store, series, train
from training.export.native import Llama
from training.model.huggingface import build_model
from training.specs.model import ModelSpec
from training.tokens.order import read_order, rows_at_step
from training.tokens.packing import Rows
from training.tokens.store import TokenStore

MODEL = {"num_layers": 2, "width": 32, "num_heads": 4, "num_kv_heads": 2, "context_length": 32}
NUM_STEPS, BATCH_SIZE, RATE, CLIP = 4, 8, 3e-3, 0.5
TOLERANCE = 1e-4


def test_the_loop_takes_the_steps_of_a_bare_transformers_loop(tmp_path: Path) -> None:
    store = make_store(tmp_path / "tokens")
    run = train(
        tmp_path,
        "run",
        store,
        model=MODEL,
        num_steps=NUM_STEPS,
        batch_size=BATCH_SIZE,
        micro_batch_size=2,
        packing={"isolation": "none"},
        optimizer={"learning_rate": RATE, "weight_decay": 0.1, "clip_norm": CLIP},
        schedule={"kind": "constant"},
        validation={"every_steps": 0},
        checkpoints={"export": "last"},
        precision="fp32",
    )
    losses, weights = bare_loop(run, store)
    ours = [float.fromhex(value) for _, value in series(run, "train/loss")]
    assert ours == pytest.approx(losses, abs=TOLERANCE)
    exported = load_file(run / "output" / "model.safetensors")
    for name, tensor in exported.items():
        torch.testing.assert_close(tensor, weights[name], atol=TOLERANCE, rtol=0)


def bare_loop(run: Path, store: Path) -> tuple[list[float], dict[str, Tensor]]:
    """Losses and final weights of a loop that knows nothing of Trainyard's."""
    spec = ModelSpec.model_validate({**MODEL, "vocab_size": VOCAB_SIZE}).resolve()
    model = LlamaForCausalLM(Llama().config(spec))
    model.load_state_dict(build_model(spec, seed=0).state_dict())
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=RATE,
        betas=(0.9, 0.95),
        eps=1e-8,
    )
    order, rows = read_order(run)[0], Rows(TokenStore.open(store), "train", 32)
    losses = []
    for step in range(1, NUM_STEPS + 1):
        tokens, _ = rows.gather(rows_at_step(order, step, BATCH_SIZE).astype(np.int64))
        ids = torch.from_numpy(tokens.astype(np.int64))
        logits = model(input_ids=ids[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        losses.append(loss.item())
    return losses, {name: tensor.detach() for name, tensor in model.state_dict().items()}
