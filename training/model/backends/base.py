"""What an attention back end is: whether it can, what it prepares, how it attends.

A back end is stateless. ``prepare`` looks at the documents once and returns a callable that every
layer of that forward pass uses, so that masks and segment lists are not built L times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from training.model.masks import Documents, MaskKind


@dataclass(frozen=True)
class DistanceBias:
    """What positions add to the score of a key, by how far it is from the query.

    ``numbers`` [H, N]: index d + ``ahead`` is a key that is d tokens back; d down to -``ahead``
    is a key ahead, and those farther ahead count as the farthest that has a number.
    """

    numbers: Tensor
    ahead: int = 0

    def of(self, back: Tensor) -> Tensor:
        """Index of each distance."""
        return back.clamp(min=-self.ahead) + self.ahead


@dataclass(frozen=True)
class Situation:
    """What a back end has to cope with in one forward pass."""

    device: str
    mask: MaskKind
    needs_grad: bool = True
    has_dropout: bool = False
    dtype: torch.dtype = torch.float32
    head_width: int = 64
    #: Whether positions add to the scores.
    has_bias: bool = False


class Attend(Protocol):
    """Scaled dot-product attention with the mask already inside."""

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E], [B, K, S, E], [B, K, S, E] -> [B, H, T, E]."""
        ...


class Backend(Protocol):
    """One way of computing attention."""

    def reason_against(self, situation: Situation) -> str | None:
        """Why this back end cannot be used, as a sentence; None when it can."""
        ...

    def prepare(
        self,
        documents: Documents | None,
        bias: DistanceBias | None = None,
        *,
        is_causal: bool = True,
    ) -> Attend:
        """The attention of one batch; ``documents`` None means whole rows.

        Without ``is_causal`` a position looks both ways; a prefix of ``documents`` is seen whole.
        """
        ...


def bias_matrix(bias: DistanceBias, num_queries: int, num_keys: int) -> Tensor:
    """[1, H, T, S] of a bias by distance, for the last T of S positions.

    With four dimensions torch's fused kernel on CPU takes it as a mask.
    """
    keys = torch.arange(num_keys, device=bias.numbers.device)
    queries = keys[num_keys - num_queries :, None]
    return bias.numbers[None, :, bias.of(queries - keys)]


def added_mask(may_attend: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Tensor:
    """What is added to scores: 0 or ``bias`` where ``may_attend`` (bool) is true, else -inf."""
    numbers = torch.zeros_like(may_attend, dtype=dtype) if bias is None else bias.to(dtype)
    return numbers.masked_fill(~may_attend, float("-inf"))
