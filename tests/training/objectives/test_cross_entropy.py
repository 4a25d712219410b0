"""The loss in pieces is the loss of whole logits: value, both gradients, and less memory."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear
from torch.utils._python_dispatch import TorchDispatchMode

from training.objectives.cross_entropy import head_loss
from training.planning import memory
from training.planning.memory import piece_tokens
from training.tokens.batches import IGNORED

NUM_TOKENS, WIDTH, VOCAB_SIZE = 150, 24, 97


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """64, 64 and 22 tokens."""
    monkeypatch.setitem(memory.PIECE_LOGITS, "cpu", 1)


def problem() -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(4)
    hidden = torch.randn(NUM_TOKENS, WIDTH, generator=random).requires_grad_()
    weight = torch.randn(VOCAB_SIZE, WIDTH, generator=random).requires_grad_()
    labels = torch.randint(VOCAB_SIZE, (NUM_TOKENS,), generator=random)
    labels[::7] = IGNORED
    labels[64:128] = IGNORED  # a whole piece
    return hidden, weight, labels


def whole(hidden: Tensor, weight: Tensor, labels: Tensor) -> Tensor:
    logits = linear(hidden, weight).float()
    return cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum")


def value_and_gradients(loss: Any, *, scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    hidden, weight, labels = problem()
    total = loss(hidden, weight, labels)
    (total * scale).backward()
    assert hidden.grad is not None
    assert weight.grad is not None
    return total.detach(), hidden.grad, weight.grad


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_value_and_gradients_are_those_of_whole_logits(scale: float) -> None:
    ours = value_and_gradients(head_loss, scale=scale)
    for mine, theirs in zip(ours, value_and_gradients(whole, scale=scale), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-5)


def test_what_predicts_nothing_has_no_gradient_at_all() -> None:
    _, of_hidden, _ = value_and_gradients(head_loss)
    labels = problem()[2]
    assert not of_hidden[labels == IGNORED].any()
    assert of_hidden[labels != IGNORED].any(dim=1).all()


def test_under_autocast_sums_and_softmax_stay_in_fp32() -> None:
    exact = value_and_gradients(whole)
    with torch.autocast("cpu", torch.bfloat16):
        ours, reference = value_and_gradients(head_loss), value_and_gradients(whole)
    assert ours[0].dtype == ours[1].dtype == ours[2].dtype == torch.float32
    for mine, theirs, true in zip(ours, reference, exact, strict=True):
        assert (mine - true).norm() <= 1.05 * (theirs - true).norm() + 1e-4 * true.norm()


def test_without_gradients_the_value_is_the_same() -> None:
    hidden, weight, labels = problem()
    with torch.inference_mode():
        without = head_loss(hidden, weight, labels)
    assert without.item() == head_loss(hidden, weight, labels).item()


def test_only_one_piece_of_the_logits_exists_at_a_time() -> None:
    class Largest(TorchDispatchMode):
        num_rows = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):  # type: ignore[no-untyped-def]
            made = func(*args, **(kwargs or {}))
            if isinstance(made, Tensor) and made.dim() == 2 and made.shape[1] == VOCAB_SIZE:
                self.num_rows = max(self.num_rows, made.shape[0] if made.shape[0] != WIDTH else 0)
            return made

    with Largest() as largest:
        value_and_gradients(head_loss)
    assert largest.num_rows == piece_tokens(VOCAB_SIZE, "cpu") == 64
    with Largest() as largest:
        value_and_gradients(whole)
    assert largest.num_rows == NUM_TOKENS


def test_a_second_backward_pass_is_refused() -> None:
    total = head_loss(*problem())
    total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        total.backward()
