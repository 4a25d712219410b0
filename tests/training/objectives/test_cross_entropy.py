"""The loss in pieces is the loss of whole logits: value, both gradients, and less memory."""

from __future__ import annotations

import weakref
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear
from torch.utils._python_dispatch import TorchDispatchMode

from training.objectives.cross_entropy import Shaping, head_loss
from training.planning import memory
from training.planning.memory import Shape, logit_bytes
from training.specs.model import ModelSpec
from training.tokens.labels import IGNORED

NUM_TOKENS, WIDTH, VOCAB_SIZE = 150, 24, 97


@pytest.fixture
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
@pytest.mark.usefixtures("small_pieces")
def test_value_and_gradients_are_those_of_whole_logits(scale: float) -> None:
    ours = value_and_gradients(head_loss, scale=scale)
    for mine, theirs in zip(ours, value_and_gradients(whole, scale=scale), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("cap", "weight"), [(3.0, 0.0), (0.0, 0.01), (5.0, 0.01)])
@pytest.mark.usefixtures("small_pieces")
def test_capped_logits_and_a_z_loss_have_the_gradients_of_what_they_say(
    cap: float, weight: float
) -> None:
    def said(hidden: Tensor, head: Tensor, labels: Tensor) -> Tensor:
        logits = linear(hidden, head)
        logits = torch.tanh(logits / cap) * cap if cap else logits
        of_targets = logits[labels != IGNORED].logsumexp(-1).square().sum()
        loss = cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum")
        # what is shown is the loss alone
        return loss + weight * (of_targets - of_targets.detach())

    def ours(hidden: Tensor, head: Tensor, labels: Tensor) -> Tensor:
        return head_loss(hidden, head, labels, Shaping(cap, weight))

    for mine, theirs in zip(value_and_gradients(ours), value_and_gradients(said), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("cap", [0.0, 3.0])
@pytest.mark.usefixtures("small_pieces")
def test_label_smoothing_is_torchs(cap: float) -> None:
    def theirs(hidden: Tensor, head: Tensor, labels: Tensor) -> Tensor:
        logits = linear(hidden, head)
        logits = torch.tanh(logits / cap) * cap if cap else logits
        return cross_entropy(
            logits, labels, ignore_index=IGNORED, reduction="sum", label_smoothing=0.1
        )

    def ours(hidden: Tensor, head: Tensor, labels: Tensor) -> Tensor:
        return head_loss(hidden, head, labels, Shaping(cap, 0.0, 0.1))

    for mine, its in zip(value_and_gradients(ours), value_and_gradients(theirs), strict=True):
        torch.testing.assert_close(mine, its, atol=1e-4, rtol=1e-4)


@pytest.mark.usefixtures("small_pieces")
def test_what_predicts_nothing_has_no_gradient_at_all() -> None:
    _, of_hidden, _ = value_and_gradients(head_loss)
    labels = problem()[2]
    assert not of_hidden[labels == IGNORED].any()
    assert of_hidden[labels != IGNORED].any(dim=1).all()


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("frozen", [0, 1], ids=["hidden", "weight"])
def test_a_frozen_factor_gets_no_gradient_and_the_other_the_same(frozen: int) -> None:
    both = value_and_gradients(head_loss)[1:]
    factors = list(problem()[:2])
    factors[frozen].requires_grad_(False)
    head_loss(*factors, problem()[2]).backward()
    assert factors[frozen].grad is None
    assert torch.equal(factors[1 - frozen].grad, both[1 - frozen])


@pytest.mark.usefixtures("small_pieces")
def test_under_autocast_sums_and_softmax_stay_in_fp32() -> None:
    exact = value_and_gradients(whole)
    with torch.autocast("cpu", torch.bfloat16):
        ours, reference = value_and_gradients(head_loss), value_and_gradients(whole)
    assert ours[0].dtype == ours[1].dtype == ours[2].dtype == torch.float32
    for mine, theirs, true in zip(ours, reference, exact, strict=True):
        assert (mine - true).norm() <= 1.05 * (theirs - true).norm() + 1e-4 * true.norm()


@pytest.mark.usefixtures("small_pieces")
def test_without_gradients_the_value_is_the_same() -> None:
    hidden, weight, labels = problem()
    with torch.inference_mode():
        without = head_loss(hidden, weight, labels)
    assert without.item() == head_loss(hidden, weight, labels).item()


class Peak(TorchDispatchMode):
    """Most bytes of tensors made under it that lived at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.living: dict[int, int] = {}
        self.num_bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, tuple | list) else (made,):
            if isinstance(tensor, Tensor):
                self._watch(tensor.untyped_storage())
        return made

    def _watch(self, storage: Any) -> None:
        key = storage._cdata
        if key not in self.living:
            self.living[key] = storage.nbytes()
            weakref.finalize(storage, self.living.pop, key, None)
            self.num_bytes = max(self.num_bytes, sum(self.living.values()))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_loss_holds_what_the_planner_counts(precision: str) -> None:
    """One piece of the logits instead of all, and the gradients of both factors."""
    spec = ModelSpec(
        num_layers=1, width=64, num_heads=1, context_length=256, vocab_size=8192
    ).resolve()
    hidden = torch.randn(4 * 256, 64).requires_grad_()
    weight = torch.randn(8192, 64).requires_grad_()
    labels = torch.zeros(4 * 256, dtype=torch.long)
    is_bf16 = precision == "bf16"
    with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16), Peak() as peak:
        head_loss(hidden, weight, labels)
    planned = logit_bytes(spec, Shape(4, 256, is_half=is_bf16))
    assert 0.75 * planned < peak.num_bytes < 1.02 * planned
    assert planned < 4 * 256 * 8192 * 4


def test_a_second_backward_pass_is_refused() -> None:
    total = head_loss(*problem())
    total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        total.backward()
