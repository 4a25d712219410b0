"""Cross-entropy of a vocabulary head that never holds all logits: some tokens at a time.

    hidden [N, D], weight [V, D] -> logits of a piece [n, V] -> loss and its gradient -> thrown away

1. logits = hidden_piece weightᵀ, in the precision of the product (bf16 under autocast);
2. log-probabilities in fp32; the loss takes one number of each row;
3. the gradient of the logits is softmax - onehot, so both products of the backward pass (of hidden
   and of weight) are taken at once, while the piece is still in the cache.

So the backward pass has nothing left to compute, and memory is one piece instead of several times
N x V. As in Hsu 2024 (Liger kernel) and Wijmans 2024; torch's own ``linear_cross_entropy`` sums in
bf16 under autocast and is slower than whole logits there (measured on torch 2.13, CPU).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import linear, log_softmax

from training.model.block import lowered
from training.planning.memory import piece_tokens
from training.tokens.batches import IGNORED


def head_loss(hidden: Tensor, weight: Tensor, labels: Tensor) -> Tensor:
    """Sum over targets of the cross-entropy in nats, fp32 scalar.

    ``hidden`` [N, D], ``weight`` [V, D] of the head, ``labels`` int64 [N] with IGNORED where
    nothing is predicted. Differentiable once in hidden and weight.
    """
    needs_gradient = torch.is_grad_enabled() and (hidden.requires_grad or weight.requires_grad)
    if needs_gradient:
        total = HeadLoss.apply(hidden, weight, labels)
        assert isinstance(total, Tensor)
        return total
    low_hidden, low_weight = lowered(hidden), lowered(weight)
    total = torch.zeros((), device=hidden.device)
    for piece in pieces(len(labels), len(weight), hidden.device):
        log_probabilities = log_softmax(linear(low_hidden[piece], low_weight).float(), dim=-1)
        total += _loss(log_probabilities, labels[piece])
    return total


def pieces(num_tokens: int, vocab_size: int, device: torch.device) -> list[slice]:
    """The tokens cut into pieces of ``piece_tokens``, the last one shorter."""
    size = piece_tokens(vocab_size, device.type)
    return [slice(start, start + size) for start in range(0, num_tokens, size)]


class HeadLoss(torch.autograd.Function):
    """The loss, with both gradients made in the forward pass and scaled in the backward pass."""

    @staticmethod
    def forward(context: Any, hidden: Tensor, weight: Tensor, labels: Tensor) -> Tensor:
        head = _Head(hidden, weight, labels)
        total = torch.zeros((), device=hidden.device)
        for piece in pieces(len(labels), len(weight), hidden.device):
            total += head.add(piece)
        context.save_for_backward(head.of_hidden, head.of_weight)
        return total

    @staticmethod
    @once_differentiable
    def backward(context: Any, scale: Tensor) -> tuple[Tensor, Tensor, None]:
        of_hidden, of_weight = context.saved_tensors
        # In place: a second backward pass would find them scaled, and autograd says so.
        return of_hidden.mul_(scale), of_weight.mul_(scale), None


class _Head:
    """The factors of the product and, as pieces are added, the gradients of both."""

    def __init__(self, hidden: Tensor, weight: Tensor, labels: Tensor) -> None:
        self.hidden, self.weight, self.labels = lowered(hidden), lowered(weight), labels
        self.is_target = (labels != IGNORED)[:, None]
        self.of_hidden, self.of_weight = torch.empty_like(hidden), torch.zeros_like(weight)

    def add(self, piece: slice) -> Tensor:
        """Loss of a piece. A function of its own, so that its logits are gone when it returns."""
        hidden, labels = self.hidden[piece], self.labels[piece]
        log_probabilities = log_softmax(linear(hidden, self.weight).float(), dim=-1)
        loss = _loss(log_probabilities, labels)
        gradient = _of_logits(log_probabilities, labels).to(hidden.dtype)
        # What is nobody's target is left out of the small factors, not of the [n, V] one.
        self.of_hidden[piece] = (gradient @ self.weight) * self.is_target[piece]
        self.of_weight += gradient.T @ (hidden * self.is_target[piece])
        return loss


def _loss(log_probabilities: Tensor, labels: Tensor) -> Tensor:
    """[n, V], [n] -> sum of the targets' negative log-probabilities."""
    chosen = log_probabilities.gather(1, labels.clamp_min(0)[:, None])[:, 0]
    return -chosen.masked_fill(labels == IGNORED, 0.0).sum()


def _of_logits(log_probabilities: Tensor, labels: Tensor) -> Tensor:
    """softmax - onehot, made in place; rows without a target hold numbers that mean nothing."""
    gradient = log_probabilities.exp_()
    ones = torch.ones((), device=gradient.device).expand(len(labels), 1)
    return gradient.scatter_add_(1, labels.clamp_min(0)[:, None], -ones)
