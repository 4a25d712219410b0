"""How a token knows where it stands: a kind of position may add to the embedding or turn q and k.

RoPE: Su 2021, in the half-split layout of LLaMA's released weights (dimension i turns with
i + E/2). Learned positions: Radford 2019 (GPT-2). Neither says anything about documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding

from training.errors import Problem, SpecError
from training.specs.model import ModelSpec


@dataclass(frozen=True)
class Rotation:
    """Cosines and sines, [T, 1, E/2] or [B, T, 1, E/2], of each position's angles."""

    cos: Tensor
    sin: Tensor

    def turn(self, heads: Tensor) -> Tensor:
        """Rotate [B, T, heads, E], keeping its type."""
        first, second = heads.chunk(2, dim=-1)
        turned = torch.cat(
            (first * self.cos - second * self.sin, second * self.cos + first * self.sin), dim=-1
        )
        return turned.to(heads.dtype)


class Positions(Protocol):
    """A kind of position; position ids are int64 [T] or [B, T]."""

    def embedding(self, position_ids: Tensor) -> Tensor | None:
        """What to add to the token embeddings, [..., T, D], or None."""
        ...

    def rotation(self, position_ids: Tensor) -> Rotation | None:
        """How to turn queries and keys, or None."""
        ...


class Rope(nn.Module):
    """Rotary positions; no parameters and no buffers, so nothing to save or to lose."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.head_width = spec.head_width
        self.theta = spec.rope_theta

    def embedding(self, position_ids: Tensor) -> Tensor | None:
        """Nothing is added."""
        return None

    def rotation(self, position_ids: Tensor) -> Rotation | None:
        """Angles position / theta^(2i / E), in single precision whatever the model's."""
        even = torch.arange(0, self.head_width, 2, dtype=torch.float, device=position_ids.device)
        frequency = 1.0 / (self.theta ** (even / self.head_width))
        angles = (position_ids.float()[..., None] * frequency)[..., None, :]
        return Rotation(angles.cos(), angles.sin())


class Learned(nn.Module):
    """One learned vector per position up to the context length."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(spec.context_length, spec.width).normal_(std=0.02))

    def embedding(self, position_ids: Tensor) -> Tensor | None:
        """[..., T, D]; SpecError beyond the table (on a GPU the kernel's own assertion)."""
        length = self.weight.shape[0]
        if position_ids.device.type == "cpu" and int(position_ids.max()) >= length:
            raise SpecError([_too_long(int(position_ids.max()) + 1, length)])
        return embedding(position_ids, self.weight)

    def rotation(self, position_ids: Tensor) -> Rotation | None:
        """Nothing is turned."""
        return None


def _too_long(num_tokens: int, context_length: int) -> Problem:
    return Problem(
        "model.context_length",
        "learned positions end at the context length",
        got=f"position {num_tokens}",
        expected=f"at most {context_length}",
        hint="Shorten the rows, or use RoPE.",
    )
