"""Cross-entropy of a vocabulary head that never holds all logits: some tokens at a time.

    hidden [N, D], weight [V, D] -> logits of a piece [n, V] -> loss and its gradient -> thrown away

1. logits = hidden_piece weightᵀ, in the precision of the product (bf16 under autocast);
2. probabilities p = softmax(logits) in fp32; with the largest logit m and its p, the normaliser is
   log sum exp = m - log p_m (p_m is at least 1 / V, so nothing underflows), and the loss of a
   target t is that minus its logit: a second pass of exponentials is saved;
3. the gradient of the logits is p - onehot, so both products of the backward pass (of hidden and of
   weight) are taken at once, while the piece is still in the cache.

With a soft cap c the logits are c tanh(logits / c), whose derivative is 1 - (capped / c)^2. A
z-loss (Chowdhery 2022) adds w log(sum exp)^2 to what is descended: 2 w log(sum exp) p to the
gradient of the logits, and nothing to the loss that is returned, so that runs can be compared.
With label smoothing e (Szegedy 2016) the target is onehot (1 - e) + e / V, as torch has it.

So the backward pass has nothing left to compute, and memory is one piece instead of several times
N x V. As in Hsu 2024 (Liger kernel) and Wijmans 2024; torch's own ``linear_cross_entropy`` sums in
bf16 under autocast and is slower than whole logits there (measured on torch 2.13, CPU).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import cross_entropy, linear, softmax

from training.model.network import TrainyardModel
from training.model.precision import lowered
from training.planning.memory import piece_tokens
from training.tokens.labels import IGNORED

#: In fp16 a product is rounded to fp16 at the end of its sum: over more tokens than these the
#: gradient of a common token's row could pass 65504, whatever the scale of the loss.
_MOST_FP16_TOKENS = 4096
#: Above this share of targets, gathering them costs more than the logits that it saves.
_MANY_TARGETS = 0.9


@dataclass(frozen=True)
class Shaping:
    """What else is done to logits and targets: 0 is nothing."""

    soft_cap: float = 0.0
    z_loss: float = 0.0
    smoothing: float = 0.0


_PLAIN = Shaping()


def vocabulary_loss(model: TrainyardModel, hidden: Tensor, labels: Tensor) -> Tensor:
    """Sum over targets of the cross-entropy of a model's own head, in nats, fp32 scalar.

    ``hidden`` [N, D] as the model's ``returns_hidden`` gives them, ``labels`` int64 [N] with
    IGNORED where nothing is predicted.
    """
    heard = _heard(model, hidden, labels)
    if heard is not None:
        return heard.sum()
    hidden, labels = targets_alone(hidden, labels)
    smoothing = model.spec.label_smoothing if model.training else 0.0
    shaping = Shaping(model.spec.logit_soft_cap, model.spec.z_loss, smoothing)
    head = model.lm_head
    return head_loss(model.head_input(hidden), head.weight, labels, shaping, head.bias)


@dataclass(frozen=True)
class TargetLosses:
    """What one product with the vocabulary gave: losses in nats [N], 0 where nothing is said.

    ``labels`` int64 [N], with IGNORED there.
    """

    labels: Tensor
    losses: Tensor


_HEARD: ContextVar[list[TargetLosses] | None] = ContextVar("heard", default=None)


@contextmanager
def hearing_targets() -> Iterator[list[TargetLosses]]:
    """Collects the losses of single targets while sums are taken inside, without gradients.

    For who divides them in another way (by source) in the same pass; only without gradients.
    """
    heard: list[TargetLosses] = []
    token = _HEARD.set(heard)
    try:
        yield heard
    finally:
        _HEARD.reset(token)


def vocabulary_losses(model: TrainyardModel, hidden: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy of each target in nats, fp32 [N]; 0 where nothing is predicted.

    As ``vocabulary_loss``, without gradients, and in pieces as it.
    """
    found = torch.zeros(len(labels), device=hidden.device)
    chosen = (labels != IGNORED).nonzero().flatten()
    size = piece_tokens(model.spec.vocab_size, hidden.device.type)
    for start in range(0, len(chosen), size):
        piece = chosen[start : start + size]
        logits = model.logits(hidden[piece]).float()
        found[piece] = cross_entropy(logits, labels[piece], reduction="none")
    return found


def _heard(model: TrainyardModel, hidden: Tensor, labels: Tensor) -> Tensor | None:
    """The losses, told to who listens; None when nobody does, or gradients are wanted."""
    heard = _HEARD.get()
    if heard is None or torch.is_grad_enabled():
        return None
    losses = vocabulary_losses(model, hidden, labels)
    heard.append(TargetLosses(labels, losses))
    return losses


def vocabulary_tally(model: TrainyardModel, hidden: Tensor, labels: Tensor) -> tuple[float, int]:
    """(sum of the losses in nats, how many targets the likeliest token is right for).

    As ``vocabulary_loss``, without gradients.
    """
    heard = _HEARD.get()
    every, losses = labels, torch.zeros(len(labels), device=hidden.device)
    chosen = (labels != IGNORED).nonzero().flatten()
    hidden, labels = hidden[chosen], labels[chosen]
    size = piece_tokens(model.spec.vocab_size, hidden.device.type)
    total, num_right = 0.0, 0
    for start in range(0, len(labels), size):
        logits = model.logits(hidden[start : start + size]).float()
        targets = labels[start : start + size]
        found = cross_entropy(logits, targets, reduction="none")
        losses[chosen[start : start + size]] = found
        total += found.sum().item()
        num_right += int((logits.argmax(-1) == targets).sum())
    if heard is not None:
        heard.append(TargetLosses(every, losses))
    return total, num_right


def head_loss(
    hidden: Tensor,
    weight: Tensor,
    labels: Tensor,
    shaping: Shaping = _PLAIN,
    bias: Tensor | None = None,
) -> Tensor:
    """Sum over targets of the cross-entropy in nats, fp32 scalar.

    ``hidden`` [N, D], ``weight`` [V, D] and ``bias`` [V] of the head, ``labels`` int64 [N] with
    IGNORED where nothing is predicted. Differentiable once in hidden, weight and bias.
    """
    hidden, labels = targets_alone(hidden, labels)
    if torch.is_grad_enabled() and (hidden.requires_grad or weight.requires_grad):
        total = HeadLoss.apply(hidden, weight, bias, labels, shaping)
        assert isinstance(total, Tensor)
        return total
    head = _Head(hidden, weight, bias, labels, shaping)
    return torch.stack([head.loss(piece).loss for piece in head.pieces]).sum()


def targets_alone(hidden: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """``hidden`` [N, D] and ``labels`` [N] without the rows that predict nothing, where many do.

    Logits of questions, padding and tokens that are not masked cost as much as any. On a GPU
    counting them would make the host wait.
    """
    if hidden.device.type != "cpu":
        return hidden, labels
    chosen = (labels != IGNORED).nonzero().flatten()
    if not 0 < len(chosen) <= _MANY_TARGETS * len(labels):
        return hidden, labels
    return hidden.index_select(0, chosen), labels[chosen]


class HeadLoss(torch.autograd.Function):
    """The loss, with its gradients made in the forward pass and scaled in the backward pass."""

    @staticmethod
    def forward(
        context: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        labels: Tensor,
        shaping: Shaping,
    ) -> Tensor:
        head = _Head(hidden, weight, bias, labels, shaping)
        wants_hidden, wants_weight, wants_bias, *_ = context.needs_input_grad
        gradients = _Gradients(
            torch.empty_like(hidden) if wants_hidden else None,
            torch.empty_like(weight) if wants_weight else None,
            torch.zeros_like(bias) if wants_bias and bias is not None else None,
        )
        losses = [head.add_gradients(piece, gradients) for piece in head.pieces]
        context.save_for_backward(gradients.hidden, gradients.weight, gradients.bias)
        return torch.stack(losses).sum()

    @staticmethod
    @once_differentiable
    def backward(context: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        # In place: a second backward pass would find them scaled, and autograd says so.
        scaled = (
            None if gradient is None else gradient.mul_(scale) for gradient in context.saved_tensors
        )
        return *scaled, None, None


@dataclass(frozen=True)
class _Gradients:
    """Of those of [N, D], [V, D] and [V] that are wanted."""

    hidden: Tensor | None
    weight: Tensor | None
    bias: Tensor | None


@dataclass(frozen=True)
class _Piece:
    """Sum of the losses of a piece [], probabilities [n, V], and of each row log(sum exp) [n, 1];
    with a soft cap also the capped logits [n, V]. All in fp32.
    """

    loss: Tensor
    probabilities: Tensor
    normaliser: Tensor
    capped: Tensor | None


class _Head:
    """The factors of the product, in its precision, and the pieces that it is taken in."""

    def __init__(
        self,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        labels: Tensor,
        shaping: Shaping,
    ) -> None:
        self.shaping = shaping
        self.hidden, self.weight, self.labels = lowered(hidden), lowered(weight), labels
        self.bias = None if bias is None else lowered(bias)
        self.is_target = (labels != IGNORED)[:, None]
        size = piece_tokens(len(weight), hidden.device.type)
        if self.weight.dtype == torch.float16:
            size = min(size, _MOST_FP16_TOKENS)
        self.pieces = [slice(start, start + size) for start in range(0, len(labels), size)]

    def loss(self, piece: slice) -> _Piece:
        """The forward pass of a piece."""
        logits = linear(self.hidden[piece], self.weight, self.bias).float()
        cap = self.shaping.soft_cap
        if cap:
            logits = logits.div_(cap).tanh_().mul_(cap)
        chosen = logits.gather(1, self.targets(piece))
        if self.shaping.smoothing:
            chosen = torch.lerp(chosen, logits.mean(1, keepdim=True), self.shaping.smoothing)
        largest = logits.amax(dim=1, keepdim=True)
        probabilities = softmax(logits, dim=-1)
        normaliser = largest - probabilities.amax(dim=1, keepdim=True).log()
        losses = (normaliser - chosen).masked_fill(~self.is_target[piece], 0.0)
        return _Piece(losses.sum(), probabilities, normaliser, logits if cap else None)

    def add_gradients(self, piece: slice, gradients: _Gradients) -> Tensor:
        """The piece's loss; what it adds to the gradients that are wanted is put into them.

        A function of its own, so that its logits are gone when it returns.
        """
        forward = self.loss(piece)
        of_logits = self._of_logits(forward, self.targets(piece)).to(self.weight.dtype)
        # What is nobody's target is left out of the small factors, not of the [n, V] one.
        is_target = self.is_target[piece]
        if gradients.hidden is not None:
            gradients.hidden[piece] = (of_logits @ self.weight) * is_target
        if gradients.weight is not None:
            product = of_logits.T @ (self.hidden[piece] * is_target)
            if piece.start:
                gradients.weight.add_(product)
            else:
                gradients.weight.copy_(product)
        if gradients.bias is not None:
            gradients.bias.add_((of_logits.T @ is_target.to(of_logits.dtype)).squeeze(1))
        return forward.loss

    def _of_logits(self, forward: _Piece, targets: Tensor) -> Tensor:
        """The gradient of the product [n, V] in fp32; takes the probabilities' place."""
        gradient = forward.probabilities
        if self.shaping.z_loss:
            gradient.mul_(1 + 2 * self.shaping.z_loss * forward.normaliser)
        smoothing = self.shaping.smoothing
        if smoothing:
            gradient.sub_(smoothing / gradient.shape[1])
        minus_one = gradient.new_full((), smoothing - 1.0).expand(targets.shape)
        gradient.scatter_add_(1, targets, minus_one)
        if forward.capped is not None:
            gradient.mul_(1 - (forward.capped / self.shaping.soft_cap).square_())
        return gradient

    def targets(self, piece: slice) -> Tensor:
        """Column of each row's target [n, 1]; the first one where there is none."""
        return self.labels[piece].clamp_min(0)[:, None]
