"""The whole loop against transformers: same weights, same rows, a few AdamW steps, same result.

The bare loop is what a reader would write: transformers' class, its own loss, torch's clip and
AdamW with decay on matrices only. Ours cuts the batch into micro-batches and the loss into pieces.
Where documents are isolated, the bare loop calls the model once for every document of a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import GPT2LMHeadModel, LlamaForCausalLM
from transformers.modeling_utils import PreTrainedModel

from tests.training.loop.tiny import VOCAB_SIZE, make_store, series, train
from training.export.native.gpt2 import Gpt2
from training.export.native.llama import Llama
from training.model.building import build_model
from training.planning.course import Course
from training.specs.model import ModelSpec
from training.tokens.order import read_order, rows_at_step
from training.tokens.packing import Rows
from training.tokens.store import TokenStore

SHAPE = {"num_layers": 2, "width": 32, "num_heads": 4, "context_length": 32}
STYLES: dict[str, dict[str, Any]] = {
    "Llama": {**SHAPE, "num_kv_heads": 2},
    "GPT-2": {
        **SHAPE,
        "position": "learned",
        "norm": "layernorm",
        "feedforward": "gelu",
        "has_biases": True,
    },
}
NUM_STEPS, BATCH_SIZE, RATE, CLIP = 4, 8, 3e-3, 0.5
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


@pytest.mark.parametrize("isolation", ["none", "document"])
@pytest.mark.parametrize("style", STYLES)
def test_the_loop_takes_the_steps_of_a_bare_transformers_loop(
    tmp_path: Path, store: Path, style: str, isolation: str
) -> None:
    run = train(
        tmp_path,
        "run",
        store,
        model=STYLES[style],
        num_steps=NUM_STEPS,
        batch_size=BATCH_SIZE,
        micro_batch_size=2,
        packing={"isolation": isolation},
        optimizer={"learning_rate": RATE, "weight_decay": 0.1, "clip_norm": CLIP},
        schedule={"kind": "constant"},
        validation={"every_steps": 0},
        checkpoints={"export": "last"},
        precision="fp32",
    )
    model = bare_model(style)
    losses = bare_loop(model, run, store, is_isolated=isolation == "document")
    ours = [float.fromhex(value) for _, value in series(run, "train/loss")]
    assert ours == pytest.approx(losses, abs=TOLERANCE)
    weights = model.state_dict()
    for name, tensor in load_file(run / "output" / "model.safetensors").items():
        torch.testing.assert_close(tensor, weights[name], atol=TOLERANCE, rtol=0)


def test_the_two_isolations_are_not_the_same(tmp_path: Path, store: Path) -> None:
    """The comparison can fail: a loop that leaks across documents has other losses."""
    run = train(tmp_path, "run", store, num_steps=5)
    leaking, isolated = (
        bare_loop(bare_model("Llama"), run, store, is_isolated=is_isolated)
        for is_isolated in (False, True)
    )
    assert max(abs(a - b) for a, b in zip(leaking, isolated, strict=True)) > 100 * TOLERANCE


def bare_model(style: str) -> PreTrainedModel:
    """transformers' own class with the weights that the run begins with."""
    spec = ModelSpec.model_validate({**STYLES[style], "vocab_size": VOCAB_SIZE}).resolve()
    ours = build_model(spec, seed=0).state_dict()
    if style == "Llama":
        llama = LlamaForCausalLM(Llama().config(spec))
        llama.load_state_dict(ours)
        return llama
    gpt2 = GPT2LMHeadModel(Gpt2().config(spec))
    tensors = Gpt2().tensors(ours, spec)
    gpt2.load_state_dict({**tensors, "lm_head.weight": tensors["transformer.wte.weight"]})
    return gpt2


def bare_loop(model: PreTrainedModel, run: Path, store: Path, *, is_isolated: bool) -> list[float]:
    """Losses of a loop that knows nothing of Trainyard's; the model is trained in place."""
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
        tokens, documents = rows.gather(
            rows_at_step(order, step, Course(BATCH_SIZE)).astype(np.int64)
        )
        texts = list(pieces(tokens, documents) if is_isolated else torch.from_numpy(tokens))
        loss = sum(map(summed_loss, [model] * len(texts), texts)) / sum(len(t) - 1 for t in texts)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        losses.append(loss.item())
    return losses


def pieces(tokens: Any, documents: Any) -> Iterator[Tensor]:
    """Every document of every row [B, T + 1], or the part of it that is in the row."""
    for row, ids in zip(tokens, documents, strict=True):
        for part in np.split(row, np.flatnonzero(np.diff(ids)) + 1):
            yield torch.from_numpy(part)


def summed_loss(model: PreTrainedModel, text: Tensor) -> Tensor:
    """Cross-entropy of every token [n] but the first."""
    if len(text) < 2:
        return torch.zeros(())
    logits = model(input_ids=text[None, :-1], use_cache=False).logits[0]
    return torch.nn.functional.cross_entropy(logits, text[1:], reduction="sum")
