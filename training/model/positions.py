"""How a token knows where it stands: a kind of position may add to the embedding, turn q and k, or
add to the scores (`training.model.position_bias`).

RoPE: Su 2021, in the half-split layout of LLaMA's released weights (dimension i turns with
i + R/2, R numbers of a head being turned). Learned positions: Radford 2019 (GPT-2). Sinusoidal:
Vaswani 2017. None says anything about documents.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import embedding

from training.errors import Problem, SpecError
from training.model.backends.base import DistanceBias
from training.specs.model import ModelSpec
from training.specs.model_choices import RopeScaling, RopeScalingPart


@dataclass(frozen=True)
class Rotation:
    """Cosines and sines, [T, 1, R] or [B, T, 1, R], of each position's angles.

    The sine of the first half is negative, so that turned = heads cos + (halves swapped) sin.
    """

    cos: Tensor
    sin: Tensor

    @classmethod
    def of_angles(cls, angles: Tensor) -> Rotation:
        """From the angles of dimension i and i + R/2, [..., 1, R/2]."""
        cos, sin = angles.cos(), angles.sin()
        return cls(torch.cat((cos, cos), -1), torch.cat((-sin, sin), -1))

    def turn(self, heads: Tensor) -> Tensor:
        """Rotate the first R of [B, T, heads, E], keeping its type."""
        width = self.cos.shape[-1]
        if width < heads.shape[-1]:
            turned, kept = heads[..., :width], heads[..., width:]
            return torch.cat((self.turn(turned), kept), -1)
        turned = Turn.apply(heads, self.cos, self.sin)
        assert isinstance(turned, Tensor)
        return turned


class Turn(torch.autograd.Function):
    """A rotation; its gradient is the rotation back. Half the passes that autograd would make."""

    @staticmethod
    def forward(context: Any, heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        context.save_for_backward(cos, sin)
        return _turned(heads, cos, sin)

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = context.saved_tensors
        return _turned(gradient, cos, -sin), None, None


def _turned(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    single = heads.float()
    swapped = single.roll(single.shape[-1] // 2, dims=-1)
    return torch.addcmul(single * cos, swapped, sin).to(heads.dtype)


class Positions(Protocol):
    """A kind of position; position ids are int64 [T] or [B, T]."""

    def embedding(self, position_ids: Tensor) -> Tensor | None:
        """What to add to the token embeddings, [..., T, D], or None."""
        ...

    def rotation(self, position_ids: Tensor) -> Rotation | None:
        """How to turn queries and keys, or None."""
        ...

    def bias(self, num_keys: int, device: torch.device) -> DistanceBias | None:
        """What to add to the scores of keys in a row of S tokens, or None."""
        ...


class Unmoved(nn.Module):
    """Does nothing; kinds of position say what they do."""

    def embedding(self, position_ids: Tensor) -> Tensor | None:
        """Nothing is added."""
        return None

    def rotation(self, position_ids: Tensor) -> Rotation | None:
        """Nothing is turned."""
        return None

    def bias(self, num_keys: int, device: torch.device) -> DistanceBias | None:
        """Scores are left alone."""
        return None


class NoPositions(Unmoved):
    """No positions (Haviv 2022): what comes before is known only through the causal mask."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()


class Rope(Unmoved):
    """Rotary positions; no parameters and no buffers, so nothing to save or to lose."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.width = spec.rotary_width
        self.theta = spec.rope_theta
        self.scaling = spec.rope_scaling

    def rotation(self, position_ids: Tensor) -> Rotation | None:
        """Angles position / theta^(2i / R), in single precision whatever the model's."""
        even = torch.arange(0, self.width, 2, dtype=torch.float, device=position_ids.device)
        frequency = scaled(1.0 / (self.theta ** (even / self.width)), self.scaling)
        angles = (position_ids.float()[..., None] * frequency)[..., None, :]
        return Rotation.of_angles(angles)


def scaled(frequency: Tensor, scaling: RopeScalingPart) -> Tensor:
    """Frequencies [R/2] of a stretched context; Chen 2023 (linear), Dubey 2024 (llama3)."""
    if scaling.kind == RopeScaling.NONE:
        return frequency
    stretched = frequency / scaling.factor
    if scaling.kind == RopeScaling.LINEAR:
        return stretched
    low, high = scaling.low_frequency_factor, scaling.high_frequency_factor
    wavelength = 2 * math.pi / frequency
    # 1 for what turns often within the original context and stays, 0 for what is stretched
    kept = (scaling.original_context_length / wavelength - low) / (high - low)
    kept = kept.clamp(0.0, 1.0)
    return (1 - kept) * stretched + kept * frequency


class Learned(Unmoved):
    """One learned vector per position up to the context length, as wide as the embedding."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.length, self.first = spec.context_length, spec.first_position
        rows = self.length + self.first
        self.weight = nn.Parameter(torch.empty(rows, spec.token_width).normal_(std=0.02))

    def embedding(self, position_ids: Tensor) -> Tensor | None:
        """[..., T, E]; SpecError beyond the table (on a GPU the kernel's own assertion)."""
        if position_ids.device.type == "cpu" and int(position_ids.max()) >= self.length:
            raise SpecError([_too_long(int(position_ids.max()) + 1, self.length)])
        return embedding(position_ids + self.first, self.weight)


class Sinusoidal(Unmoved):
    """sin(p / 10000^(2i / E)) in the even places, cos in the odd; nothing is learned."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.width = spec.token_width

    def embedding(self, position_ids: Tensor) -> Tensor | None:
        """[..., T, E], in single precision."""
        even = torch.arange(0, self.width, 2, dtype=torch.float, device=position_ids.device)
        angles = position_ids.float()[..., None] * 10_000.0 ** (-even / self.width)
        return torch.stack((angles.sin(), angles.cos()), -1).flatten(-2)[..., : self.width]


def _too_long(num_tokens: int, context_length: int) -> Problem:
    return Problem(
        "model.context_length",
        "learned positions end at the context length",
        got=f"position {num_tokens}",
        expected=f"at most {context_length}",
        hint="Shorten the rows, or use RoPE.",
    )
