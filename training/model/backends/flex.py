"""FlexAttention with a block mask: blocks in which no pair may attend are skipped (GPU).

Dong 2024, "Flex Attention". torch 2.13 has no backward of it on CPU (facts were measured), and no
dropout on attention weights anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

from training.model.backends.base import Attend, DistanceBias, Situation
from training.model.backends.sdpa import whole_rows
from training.model.masks import Documents


@dataclass(frozen=True)
class BlockAttend:
    """flex_attention with the mask of one batch."""

    mask: BlockMask
    bias: DistanceBias | None = None
    #: With a penalty: what scores of other documents are lowered by.
    softened: Documents | None = None

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E]; ``dropout`` must be 0 (``reason_against`` says so beforehand)."""
        if dropout:
            raise ValueError(f"FlexAttention has no dropout on attention weights, got {dropout}")
        run = _compiled() if query.is_cuda else flex_attention
        mixed = run(
            query,
            key,
            value,
            score_mod=self._moved if self.bias or self.softened else None,
            block_mask=self.mask,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        assert isinstance(mixed, Tensor)
        return mixed

    def _moved(
        self, score: Tensor, row: Tensor, head: Tensor, query: Tensor, key: Tensor
    ) -> Tensor:
        if self.bias is not None:
            score = score + self.bias.numbers[head, self.bias.of(query - key)]
        if self.softened is not None and self.softened.penalty is not None:
            ids = self.softened.ids
            score = score - self.softened.penalty * (ids[row, query] != ids[row, key])
        return score


class Flex:
    """Block-sparse attention compiled from the mask's own definition."""

    def reason_against(self, situation: Situation) -> str | None:
        """No backward on CPU, no dropout, and nothing to gain without documents."""
        if situation.device == "cpu" and situation.needs_grad:
            return "FlexAttention has no backward on CPU"
        if situation.has_dropout:
            return "FlexAttention has no dropout on attention weights"
        if not situation.mask.is_isolating:
            return "attention over whole rows has a faster kernel (sdpa)"
        return None

    def prepare(
        self,
        documents: Documents | None,
        bias: DistanceBias | None = None,
        *,
        is_causal: bool = True,
    ) -> Attend:
        """Build the block mask on the documents' device."""
        if documents is None:
            return whole_rows(bias, is_causal=is_causal)
        ids, seen = documents.ids, documents.prefix_ends()
        num_rows, num_tokens = ids.shape
        is_soft = documents.penalty is not None

        def may_attend(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            if is_soft:
                return query >= key
            same = ids[row, query] == ids[row, key]
            if not is_causal:
                return same
            if seen is None:
                return same & (query >= key)
            return same & ((query >= key) | (key < seen[row, query]))

        return BlockAttend(
            create_block_mask(
                may_attend, num_rows, None, num_tokens, num_tokens, device=ids.device.type
            ),
            bias,
            documents if is_soft else None,
        )


@cache
def _compiled() -> Any:
    return torch.compile(flex_attention, dynamic=False)
