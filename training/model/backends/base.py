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
class Situation:
    """What a back end has to cope with in one forward pass."""

    device: str
    mask: MaskKind
    needs_grad: bool = True
    has_dropout: bool = False
    dtype: torch.dtype = torch.float32
    head_width: int = 64


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

    def prepare(self, documents: Documents | None) -> Attend:
        """The attention of one batch; ``documents`` None means plain causal."""
        ...
