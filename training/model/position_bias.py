"""Positions that add to the attention scores: ALiBi, and the relative bias of T5.

Both know only how many tokens back a key is, so documents that are packed into a row need no
positions of their own: tokens of one document are as far apart there as when it stands alone.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from training.model.backends.base import DistanceBias
from training.model.positions import Unmoved
from training.specs.model import ModelSpec
from training.specs.model_choices import NUM_BUCKETS

#: T5's own number (Raffel 2020): distances are exact up to half of the buckets, then ever wider.
FARTHEST = 128


class Alibi(Unmoved):
    """Scores fall by a slope times the distance (Press 2022); nothing is learned."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        divisor = math.sqrt(spec.head_width) if spec.is_alibi_scaled else 1.0
        self.slopes = [slope / divisor for slope in slopes(spec.num_heads)]

    def bias(self, num_keys: int, device: torch.device) -> DistanceBias | None:
        """Single precision; nothing looks ahead."""
        distances = torch.arange(num_keys, dtype=torch.float, device=device)
        return DistanceBias(-torch.tensor(self.slopes, device=device)[:, None] * distances)


class Relative(Unmoved):
    """A learned number for each head and bucket of distances, the same in all layers.

    Where tokens look ahead too, half of the buckets are for what is ahead, as in T5's encoder.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.is_signed = not spec.is_causal
        self.weight = nn.Parameter(torch.empty(NUM_BUCKETS, spec.num_heads).normal_(std=0.02))

    def bias(self, num_keys: int, device: torch.device) -> DistanceBias | None:
        """All distances of the row, back and, where they count, ahead."""
        if not self.is_signed:
            return DistanceBias(self.weight[buckets(num_keys, device)].T)
        half = NUM_BUCKETS // 2
        back = buckets(num_keys, device, half)
        both = torch.cat((half + back[1:].flip(0), back))
        return DistanceBias(self.weight[both].T, ahead=num_keys - 1)


def slopes(num_heads: int) -> list[float]:
    """The slope of each head: 2^(-8 h / H); for other numbers than powers of two as in the paper.

    Then the next lower power of two has its own slopes, and every second one of the next higher
    fills up.
    """
    whole = 1 << (num_heads.bit_length() - 1)
    first = [2.0 ** (-8 * (head + 1) / whole) for head in range(whole)]
    between = [2.0 ** (-4 * (head + 1) / whole) for head in range(0, 2 * (num_heads - whole), 2)]
    return first + between


def buckets(num_keys: int, device: torch.device, num_buckets: int = NUM_BUCKETS) -> Tensor:
    """The bucket [S] of each distance, int64: half of them exactly, then by the logarithm."""
    exact = num_buckets // 2
    distances = torch.arange(num_keys, device=device)
    # Distances below ``exact`` are not taken from here; 1 keeps the logarithm finite.
    ratio = distances.clamp(min=1).float() / exact
    wide = exact + (ratio.log() / math.log(FARTHEST / exact) * (num_buckets - exact)).long()
    return torch.where(distances < exact, distances, wide.clamp(max=num_buckets - 1))
