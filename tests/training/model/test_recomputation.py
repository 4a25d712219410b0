"""Blocks that are computed again in the backward pass: the same bits, and less kept in between."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.training.planning.test_counting import hidden_of, saved_bytes
from training.model.huggingface import build_model
from training.specs.model import ModelSpec

SPEC = ModelSpec(
    num_layers=4, width=32, num_heads=2, context_length=64, vocab_size=64, dropout=0.1
).resolve()
TOKENS = torch.arange(128).view(2, 64) % 64


def gradients(*, recomputes: bool, is_bf16: bool) -> list[Tensor]:
    model = build_model(SPEC, 0).train()
    model.model.recomputes = recomputes
    torch.manual_seed(3)
    with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
        hidden = hidden_of(model, TOKENS)
    hidden.float().square().sum().backward()
    return [p.grad for p in model.parameters() if p.grad is not None]


@pytest.mark.parametrize("is_bf16", [False, True], ids=["fp32", "bf16"])
def test_gradients_are_equal_bit_for_bit_with_dropout(is_bf16: bool) -> None:
    kept = gradients(recomputes=False, is_bf16=is_bf16)
    again = gradients(recomputes=True, is_bf16=is_bf16)
    assert len(kept) == len(again) > 20
    assert all(one.equal(other) for one, other in zip(kept, again, strict=True))


def test_less_is_kept() -> None:
    model = build_model(SPEC, 0).train()
    whole = saved_bytes(model, lambda: hidden_of(model, TOKENS))
    model.model.recomputes = True
    assert saved_bytes(model, lambda: hidden_of(model, TOKENS)) < whole / 2
