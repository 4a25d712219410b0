"""Keys and values of the tokens that have been read, so that only new ones are computed."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class Cache(Protocol):
    """What attention asks of a cache: transformers' own, or ours."""

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int
    ) -> tuple[Tensor, Tensor]:
        """Append keys and values [B, K, T, E] of a layer; all of them [B, K, S, E]."""
        ...

    def get_seq_length(self) -> int:
        """Tokens that have been read."""
        ...


class KeyValueCache:
    """Grows by what is read, layer by layer. For our own network, without loading transformers."""

    def __init__(self) -> None:
        #: Of each layer that has read: keys and values [B, K, S, E].
        self.layers: dict[int, tuple[Tensor, Tensor]] = {}

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int
    ) -> tuple[Tensor, Tensor]:
        """As `Cache.update`."""
        if layer_idx in self.layers:
            key, value = self.layers[layer_idx]
            key_states = torch.cat([key, key_states], dim=-2)
            value_states = torch.cat([value, value_states], dim=-2)
        self.layers[layer_idx] = key_states, value_states
        return key_states, value_states

    def get_seq_length(self) -> int:
        """Tokens that have been read."""
        first = self.layers.get(0)
        return 0 if first is None else first[0].shape[-2]
