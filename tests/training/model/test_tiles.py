"""Attention in tiles is attention: values and gradients, whole rows and rests, shared heads."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from training.model.backends.sdpa import attend_causally
from training.model.backends.tiles import TILE, TiledAttention
from training.planning.memory import FEWEST_TILED_TOKENS


def heads(num_tokens: int, num_shared: int, dtype: torch.dtype) -> list[Tensor]:
    random = torch.Generator().manual_seed(num_tokens)
    shapes = [(2, num_tokens, count, 16) for count in (4, num_shared, num_shared)]
    made = [torch.randn(shape, generator=random).to(dtype) for shape in shapes]
    return [tensor.transpose(1, 2).requires_grad_() for tensor in made]


def reference(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)


def value_and_gradients(attend: object, inputs: list[Tensor]) -> list[Tensor]:
    mixed = attend(*inputs)  # type: ignore[operator]
    weight = torch.linspace(-1, 1, mixed.numel()).view(mixed.shape).to(mixed.dtype)
    return [mixed.detach(), *torch.autograd.grad((mixed * weight).sum(), inputs)]


@pytest.mark.parametrize("num_shared", [4, 2, 1], ids=["MHA", "GQA", "MQA"])
@pytest.mark.parametrize("num_tokens", [1, 5, TILE, TILE + 1, 3 * TILE - 7])
def test_tiles_are_exact_in_single_precision(num_tokens: int, num_shared: int) -> None:
    inputs = heads(num_tokens, num_shared, torch.float32)
    ours = value_and_gradients(TiledAttention.apply, inputs)
    for mine, theirs in zip(ours, value_and_gradients(reference, inputs), strict=True):
        torch.testing.assert_close(mine, theirs, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("num_tokens", [FEWEST_TILED_TOKENS - 1, FEWEST_TILED_TOKENS, 2 * TILE + 3])
def test_half_precision_is_as_near_as_torchs_own_kernel(num_tokens: int) -> None:
    inputs = heads(num_tokens, 2, torch.bfloat16)
    exact = value_and_gradients(reference, [t.detach().double().requires_grad_() for t in inputs])
    ours = value_and_gradients(lambda q, k, v: attend_causally(q, k, v, 0.0), inputs)
    theirs = value_and_gradients(reference, inputs)
    for mine, other, true in zip(ours, theirs, exact, strict=True):
        assert mine.dtype == torch.bfloat16
        assert (mine - true).norm() < 2.5 * (other - true).norm() + 1e-3 * true.norm()


def test_no_query_sees_a_later_key() -> None:
    query, key, value = heads(2 * TILE, 4, torch.bfloat16)
    before = TiledAttention.apply(query, key, value)
    changed = value.detach().clone()
    changed[:, :, TILE + 9 :] += 1
    after = TiledAttention.apply(query, key, changed)
    assert torch.equal(before[:, :, : TILE + 9], after[:, :, : TILE + 9])
    assert not torch.equal(before[:, :, TILE + 9], after[:, :, TILE + 9])
